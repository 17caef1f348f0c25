package dev.moat.api.vfs;

import dev.moat.api.sandbox.Sandbox;
import org.osgi.annotation.versioning.ProviderType;

/** OSGi service of the VFS bundle; it sees all file system types. */
@ProviderType
public interface VfsService {
    /** An empty tree for one sandbox, owned by the caller. */
    Vfs create(Sandbox sandbox);
}
