"""Deploy the service, its page and its alarms to an AWS account, and delete them again."""
