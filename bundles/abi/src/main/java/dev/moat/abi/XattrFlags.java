package dev.moat.abi;

/**
 * Flags, limits and name spaces of extended attributes.
 *
 * <p>Source: include/uapi/linux/xattr.h, linux/limits.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/xattr.7.html">xattr(7)</a>
 */
public final class XattrFlags {
    // setxattr(2).
    public static final int XATTR_CREATE = 1;
    public static final int XATTR_REPLACE = 2;

    // Longest name, value and list.
    public static final int XATTR_NAME_MAX = 255;
    public static final int XATTR_SIZE_MAX = 65536;
    public static final int XATTR_LIST_MAX = 65536;

    /** Prefixes of names, one per name space. */
    public static final String XATTR_USER_PREFIX = "user.";

    public static final String XATTR_TRUSTED_PREFIX = "trusted.";
    public static final String XATTR_SECURITY_PREFIX = "security.";
    public static final String XATTR_SYSTEM_PREFIX = "system.";

    private XattrFlags() {}
}
