"""Pure functions on strings: nothing here touches network, disk or clock."""
