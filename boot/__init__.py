"""Opens: settings from the environment, and everything wired from them."""
