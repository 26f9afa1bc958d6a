"""The portal: where a buyer sees how many minutes are left, buys, and manages everything."""
