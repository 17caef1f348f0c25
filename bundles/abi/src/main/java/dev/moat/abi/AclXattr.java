package dev.moat.abi;

/**
 * POSIX ACLs as extended attributes: a 32-bit version, then entries of a 16-bit tag, 16-bit
 * permissions and a 32-bit id, all little-endian.
 *
 * <p>Source: include/uapi/linux/posix_acl.h, posix_acl_xattr.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/acl.5.html">acl(5)</a>
 */
public final class AclXattr {
    public static final String POSIX_ACL_ACCESS = "system.posix_acl_access";
    public static final String POSIX_ACL_DEFAULT = "system.posix_acl_default";

    public static final int POSIX_ACL_XATTR_VERSION = 2;
    public static final int HEADER_BYTES = 4;
    public static final int ENTRY_BYTES = 8;

    // Tags of entries.
    public static final int ACL_USER_OBJ = 0x01;
    public static final int ACL_USER = 0x02;
    public static final int ACL_GROUP_OBJ = 0x04;
    public static final int ACL_GROUP = 0x08;
    public static final int ACL_MASK = 0x10;
    public static final int ACL_OTHER = 0x20;

    /** Id of the entries that have none. */
    public static final int ACL_UNDEFINED_ID = -1;

    private AclXattr() {}
}
