"""What the web needs: tokens."""
