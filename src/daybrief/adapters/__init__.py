"""All that touches the world: network, disk, clock."""
