"""Cameras and motion: warping between frames, poses, planes, and which segments move.

Axes of a camera: x right, y down, z forward, metres. Pixel centres lie at whole numbers. A pose is a 4 by 4
matrix that takes points of the middle camera to those of a neighbour.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from daybrief.errors import LabError

Ids = NDArray[np.int32]
Floats = NDArray[np.float32]
JUDGED = 0.6  # share of a segment that must stay in the frame before its motion can be judged


def projected(depth: Tensor, camera: Tensor, pose: Tensor) -> Tensor:
    """The place of each pixel in the other frame: depth (B, H, W), camera (B, 3, 3), pose (B, 4, 4) → (B, H,
    W, 2).

    Columns and rows in pixels; what lies behind the other camera is put far outside.
    """
    batch, height, width = depth.shape
    rows, columns = torch.meshgrid(
        torch.arange(height, dtype=depth.dtype, device=depth.device),
        torch.arange(width, dtype=depth.dtype, device=depth.device),
        indexing="ij",
    )
    rays = torch.linalg.inv(camera) @ torch.stack(
        [columns, rows, torch.ones_like(rows)]
    ).reshape(1, 3, -1)  # fmt: skip
    points = rays * depth.reshape(batch, 1, -1)
    seen = camera @ (pose[:, :3, :3] @ points + pose[:, :3, 3:])
    ahead = seen[:, 2:].clamp(min=1e-3)
    where = torch.where(seen[:, 2:] > 1e-3, seen[:, :2] / ahead, torch.full_like(seen[:, :2], -1e4))
    return where.transpose(1, 2).reshape(batch, height, width, 2)


def warped(source: Tensor, where: Tensor, *, nearest: bool = False) -> tuple[Tensor, Tensor]:
    """The source (B, C, H, W) as seen at `where` (B, H, W, 2), and which pixels lie inside of it (B, H,
    W)."""
    height, width = source.shape[-2:]
    grid = where / torch.tensor([width - 1, height - 1], dtype=where.dtype, device=where.device) * 2 - 1
    taken = functional.grid_sample(
        source, grid, mode="nearest" if nearest else "bilinear", padding_mode="border", align_corners=True
    )
    return taken, (grid.abs() <= 1).all(dim=-1)


class PoseNet(nn.Module):
    """The motion between two frames from both pictures, where no odometry is at hand.

    Takes (B, 3, H, W) twice, gives (B, 4, 4). The scale is free: see `metric_scale`.
    """

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        wide = (6, width, 2 * width, 4 * width, 4 * width)
        layers: list[nn.Module] = []
        for given, made in pairwise(wide):
            layers += [nn.Conv2d(given, made, 3, 2, 1), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(wide[-1], 6, 1))

    def forward(self, middle: Tensor, neighbour: Tensor) -> Tensor:
        """Small at first: a hundredth of what the last layer gives."""
        six = 0.01 * self.layers(torch.cat([middle, neighbour], dim=1) - 0.5).mean(dim=(-2, -1))
        return pose_of(six[:, :3], six[:, 3:])


def pose_of(turn: Tensor, shift: Tensor) -> Tensor:
    """Axis-angle and translation, (B, 3) each, as (B, 4, 4)."""
    zero = torch.zeros_like(turn[:, 0])
    x, y, z = turn.unbind(dim=1)
    skew = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1).reshape(-1, 3, 3)
    top = torch.cat([torch.linalg.matrix_exp(skew), shift[..., None]], dim=2)
    bottom = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=top.dtype, device=top.device)
    return torch.cat([top, bottom.expand(top.shape[0], 1, 4)], dim=1)


def metric_scale(depth: Floats, camera: Floats, road: NDArray[np.bool_], height: float) -> float:
    """The factor of a depth map: the camera's true height over that above the road plane.

    depth (H, W), road (H, W), height in metres. Raises LabError when fewer than 30 pixels are road.
    """
    road = road & np.isfinite(depth)
    if int(road.sum()) < 30:
        raise LabError(
            f"only {int(road.sum())} pixels are road: no plane can be laid through them",
            hint="leave the scale as it is, or give pictures that show the road",
        )
    rows, columns = np.nonzero(road)
    rays = np.linalg.inv(camera) @ np.stack([columns, rows, np.ones_like(rows)])
    points = (rays * depth[road]).T
    centre = np.median(points, axis=0)
    normal = np.linalg.svd(points - centre, full_matrices=False)[2][-1]
    above = float(np.median(np.abs(points @ normal)))
    return height / max(above, 1e-6)


# ── which segments move ─────────────────────────────────────────────────────────────────────────────


class Motion(NamedTuple):
    """The overlap of each thing of the middle frame with its warped neighbour, the smaller of the two.

    A thing that leaves both neighbours' frames is absent: it cannot be judged.
    """

    overlaps: dict[int, float]

    def moving(self, threshold: float) -> tuple[int, ...]:
        """The ids whose overlap is below the threshold."""
        return tuple(name for name, overlap in self.overlaps.items() if overlap < threshold)


def motion_of(ids: Ids, neighbours: Ids, where: NDArray[np.float32]) -> Motion:
    """Finds the things of a frame that moved against the static world, from ids of three frames.

    ids (H, W); neighbours (2, H, W); where (2, H, W, 2), the pixels in each neighbour under the current
    depth and
    pose (`projected`). Ids of one thing may differ between the frames: the best overlap of the same class
    counts.
    """
    height, width = ids.shape
    overlaps: dict[int, float] = {}
    for other, at in zip(neighbours, np.rint(where), strict=True):
        inside = (at[..., 0] >= 0) & (at[..., 0] < width) & (at[..., 1] >= 0) & (at[..., 1] < height)
        columns = np.where(inside, at[..., 0], 0).astype(np.intp)
        rows = np.where(inside, at[..., 1], 0).astype(np.intp)
        arrived = np.where(inside, other[rows, columns], -1)
        for name in np.unique(ids[ids >= 1000]):
            mask = ids == name
            if inside[mask].mean() < JUDGED:
                continue
            overlap = _best_overlap(mask & inside, arrived, int(name))
            overlaps[int(name)] = min(overlap, overlaps.get(int(name), 1.0))
    return Motion(overlaps)


def _best_overlap(mask: NDArray[np.bool_], arrived: NDArray[np.int32], name: int) -> float:
    met = arrived[mask]
    candidates = np.unique(met[met // 1000 == name // 1000])
    best = 0.0
    for candidate in candidates:
        common = int((met == candidate).sum())
        whole = int(mask.sum()) + int((arrived == candidate).sum()) - common
        best = max(best, common / whole)
    return best
