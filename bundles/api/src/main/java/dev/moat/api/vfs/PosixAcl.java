package dev.moat.api.vfs;

import dev.moat.abi.AclXattr;
import dev.moat.api.task.Credentials;
import java.util.ArrayList;
import java.util.List;

/**
 * An access control list: acl(5). Immutable; without entries it stands for no list. What is not
 * empty was found valid, so it has one entry each for owner, group and others, and a mask if it
 * names anybody. Ids are those of the kernel.
 */
public record PosixAcl(List<Entry> entries) {
    public static final PosixAcl NONE = new PosixAcl(List.of());

    private static final int RWX = 7;

    /** Which of the two lists of a file. */
    public enum Kind {
        /** Decides who may do what. */
        ACCESS,
        /** Given to what is created in a directory. */
        DEFAULT;

        /** The attribute that stands for it. */
        public String attribute() {
            return this == ACCESS ? AclXattr.POSIX_ACL_ACCESS : AclXattr.POSIX_ACL_DEFAULT;
        }
    }

    /**
     * An entry.
     *
     * @param tag ACL_* of {@link AclXattr}
     * @param permissions rwx as 4, 2, 1
     * @param id of a named user or group; ACL_UNDEFINED_ID for others
     */
    public record Entry(int tag, int permissions, int id) {
        private Entry with(int changed) {
            return new Entry(tag, changed, id);
        }

        /** Where its permissions stand in the mode of a file; -1 for named ones. */
        private int shift() {
            return switch (tag) {
                case AclXattr.ACL_USER_OBJ -> 6;
                case AclXattr.ACL_GROUP_OBJ, AclXattr.ACL_MASK -> 3;
                case AclXattr.ACL_OTHER -> 0;
                default -> -1;
            };
        }
    }

    public PosixAcl {
        entries = List.copyOf(entries);
    }

    public boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Whether the entries are those, in that order, of a list: posix_acl_valid(). */
    public boolean isValid() {
        int expected = AclXattr.ACL_USER_OBJ;
        boolean named = false;
        for (Entry entry : entries) {
            if ((entry.permissions() & ~RWX) != 0) {
                return false;
            }
            switch (entry.tag()) {
                case AclXattr.ACL_USER, AclXattr.ACL_GROUP -> {
                    if (expected != entry.tag()) {
                        return false;
                    }
                    named = true;
                }
                case AclXattr.ACL_USER_OBJ -> {
                    if (expected != AclXattr.ACL_USER_OBJ) {
                        return false;
                    }
                    expected = AclXattr.ACL_USER;
                }
                case AclXattr.ACL_GROUP_OBJ -> {
                    if (expected != AclXattr.ACL_USER) {
                        return false;
                    }
                    expected = AclXattr.ACL_GROUP;
                }
                case AclXattr.ACL_MASK -> {
                    if (expected != AclXattr.ACL_GROUP) {
                        return false;
                    }
                    expected = AclXattr.ACL_OTHER;
                }
                case AclXattr.ACL_OTHER -> {
                    if (expected != AclXattr.ACL_OTHER
                            && (expected != AclXattr.ACL_GROUP || named)) {
                        return false;
                    }
                    expected = 0;
                }
                default -> {
                    return false;
                }
            }
        }
        return expected == 0;
    }

    /** Whether it says no more than a mode does. */
    public boolean isMode() {
        return entries.size() <= 3;
    }

    /** {@code mode} with the permissions of this list: posix_acl_equiv_mode(). */
    public int modeOver(int mode) {
        int changed = mode;
        for (Entry entry : entries) {
            int shift = entry.shift();
            if (shift >= 0) {
                // The mask comes behind the group: its permissions are what shows.
                changed = changed & ~(RWX << shift) | entry.permissions() << shift;
            }
        }
        return changed;
    }

    /** The list after a change of the mode: chmod(2) sets the mask instead of the group. */
    public PosixAcl withMode(int mode) {
        boolean masked = hasMask();
        List<Entry> changed = new ArrayList<>(entries.size());
        for (Entry entry : entries) {
            int shift = entry.shift();
            boolean stays = shift < 0 || masked && entry.tag() == AclXattr.ACL_GROUP_OBJ;
            changed.add(stays ? entry : entry.with(mode >>> shift & RWX));
        }
        return new PosixAcl(changed);
    }

    /**
     * The access list that a new file of {@code mode} gets from this default list, no more than the
     * mode permits: posix_acl_create(). Its {@link #modeOver} is the mode of the file.
     */
    public PosixAcl inherited(int mode) {
        boolean masked = hasMask();
        List<Entry> changed = new ArrayList<>(entries.size());
        for (Entry entry : entries) {
            int shift = entry.shift();
            boolean stays = shift < 0 || masked && entry.tag() == AclXattr.ACL_GROUP_OBJ;
            changed.add(stays ? entry : entry.with(entry.permissions() & mode >>> shift));
        }
        return new PosixAcl(changed);
    }

    private boolean hasMask() {
        return !isMode();
    }

    /**
     * Whether somebody may do all of {@code wanted} (rwx as 4, 2, 1) with a file of these owners:
     * posix_acl_permission().
     */
    public boolean permits(Credentials who, int uid, int gid, int wanted) {
        boolean inGroup = false;
        for (Entry entry : entries) {
            boolean enough = (wanted & ~entry.permissions()) == 0;
            switch (entry.tag()) {
                case AclXattr.ACL_USER_OBJ -> {
                    if (who.fsUid() == uid) {
                        return enough;
                    }
                }
                case AclXattr.ACL_USER -> {
                    if (who.fsUid() == entry.id()) {
                        return enough && maskPermits(wanted);
                    }
                }
                case AclXattr.ACL_GROUP_OBJ, AclXattr.ACL_GROUP -> {
                    int group = entry.tag() == AclXattr.ACL_GROUP ? entry.id() : gid;
                    if (who.isInGroup(group)) {
                        if (enough) {
                            return maskPermits(wanted);
                        }
                        inGroup = true;
                    }
                }
                case AclXattr.ACL_OTHER -> {
                    return enough && !inGroup;
                }
                default -> {
                    // The mask itself gives nothing.
                }
            }
        }
        return false;
    }

    private boolean maskPermits(int wanted) {
        for (Entry entry : entries) {
            if (entry.tag() == AclXattr.ACL_MASK) {
                return (wanted & ~entry.permissions()) == 0;
            }
        }
        return true;
    }
}
