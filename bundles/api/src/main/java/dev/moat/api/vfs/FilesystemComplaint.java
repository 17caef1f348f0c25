package dev.moat.api.vfs;

/** Why a file system does not take options: for the log of fsconfig(2), else EINVAL. */
public final class FilesystemComplaint extends RuntimeException {
    private static final long serialVersionUID = 1;

    public FilesystemComplaint(String message) {
        super(message, null, false, false);
    }

    /** The message: never null. */
    public String text() {
        return String.valueOf(getMessage());
    }
}
