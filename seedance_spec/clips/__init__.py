"""What you bought: box walk (pure), store by SHA-256, download, publish. Nothing here may submit."""
