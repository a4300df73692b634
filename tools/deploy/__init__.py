"""The service, its page and its alarms: onto an AWS account, and off it again."""
