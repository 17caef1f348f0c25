package dev.moat.api.vfs;

import org.osgi.annotation.versioning.ProviderType;

/** Root, working directory and umask (Linux {@code fs_struct}); shared by CLONE_FS. Thread safe. */
@ProviderType
public interface FsContext {
    VfsPath root();

    VfsPath workingDirectory();

    void setRoot(VfsPath root);

    void setWorkingDirectory(VfsPath directory);

    int umask();

    /** Sets the umask and gives the old one. */
    int setUmask(int mask);

    FsContext fork();

    void retain();

    void release();

    int users();
}
