"""What tests share: servers on loopback, installations, browser."""
