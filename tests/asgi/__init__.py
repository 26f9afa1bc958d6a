"""What every HTTP endpoint needs, each part by itself."""
