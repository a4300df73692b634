"""Docker where there is none, AWS's base image or a stand-in, and Lambda's sandbox."""
