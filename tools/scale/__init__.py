"""From one slow picture to millions: hours, dollars, and which limit binds first."""
