package dev.moat.fs.proc;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.namespace.UserView;
import dev.moat.api.namespace.UserView.Extent;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import java.util.ArrayList;
import java.util.List;

/** {@code uid_map}, {@code gid_map}, {@code setgroups}: kernel/user_namespace.c. */
final class UserMaps {
    /** UID_GID_MAP_MAX_EXTENTS. */
    private static final int MAX_EXTENTS = 340;

    private static final int PAGE_BYTES = 4096;

    private UserMaps() {}

    static String users(ProcFilesystem proc, Task reader, Task task) {
        return show(reader, task, false);
    }

    static String groups(ProcFilesystem proc, Task reader, Task task) {
        return show(reader, task, true);
    }

    static String setgroups(ProcFilesystem proc, Task reader, Task task) {
        return task.credentials().space().permitsSetgroups() ? "allow\n" : "deny\n";
    }

    /** Lower ids are shown as the reader sees them; who is in the namespace sees those above. */
    private static String show(Task reader, Task task, boolean groups) {
        UserView space = task.credentials().space();
        UserView above = space.parent();
        UserView view = reader.credentials().space();
        if (view == space && view.level() > 0) {
            view = above;
        }
        StringBuilder out = new StringBuilder();
        for (Extent extent : space.maps().extents(groups)) {
            int id = groups ? above.meantGid(extent.above()) : above.meantUid(extent.above());
            int shown = groups ? view.findGid(id) : view.findUid(id);
            out.append(
                    String.format(
                            "%10s %10s %10s\n",
                            Integer.toUnsignedString(extent.first()),
                            Integer.toUnsignedString(shown),
                            Integer.toUnsignedString(extent.count())));
        }
        return out.toString();
    }

    static void setUsers(ProcFilesystem proc, Task writer, Task task, String value) {
        set(writer, task.credentials().space(), value, false);
    }

    static void setGroups(ProcFilesystem proc, Task writer, Task task, String value) {
        set(writer, task.credentials().space(), value, true);
    }

    /** map_write. */
    private static void set(Task writer, UserView space, String value, boolean groups) {
        Credentials own = writer.credentials();
        if (space.level() == 0) {
            throw Errno.EPERM.exception();
        }
        if (own.space() != space && own.space() != space.parent()) {
            throw Errno.EPERM.exception();
        }
        if (value.length() >= PAGE_BYTES) {
            throw Errno.EINVAL.exception();
        }
        if (!space.maps().extents(groups).isEmpty()
                || !own.canIn(space, Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
        List<Extent> extents = parse(value);
        if (!isPermitted(own, space, extents, groups)) {
            throw Errno.EPERM.exception();
        }
        UserView above = space.parent();
        for (Extent extent : extents) {
            int last = extent.above() + (extent.count() - 1);
            boolean known =
                    groups
                            ? above.meantGid(extent.above()) != -1 && above.meantGid(last) != -1
                            : above.meantUid(extent.above()) != -1 && above.meantUid(last) != -1;
            if (!known) {
                throw Errno.EPERM.exception();
            }
        }
        if (!space.maps().set(groups, extents)) {
            throw Errno.EPERM.exception();
        }
    }

    /** new_idmap_permitted: himself, or whoever may take any id above. */
    private static boolean isPermitted(
            Credentials own, UserView space, List<Extent> extents, boolean groups) {
        UserView above = space.parent();
        boolean single = extents.size() == 1 && extents.getFirst().count() == 1;
        if (single && space.ownerUid() == own.effectiveUid()) {
            int id = extents.getFirst().above();
            if (groups
                    ? !space.permitsSetgroups() && above.meantGid(id) == own.effectiveGid()
                    : above.meantUid(id) == own.effectiveUid()) {
                return true;
            }
        }
        return own.canIn(above, groups ? Capabilities.CAP_SETGID : Capabilities.CAP_SETUID);
    }

    private static List<Extent> parse(String value) {
        List<Extent> extents = new ArrayList<>();
        for (String line : value.split("\n")) {
            String[] words = line.strip().split("[ \t]+");
            if (words.length != 3 || extents.size() == MAX_EXTENTS) {
                throw Errno.EINVAL.exception();
            }
            Extent extent = new Extent(id(words[0]), id(words[1]), id(words[2]));
            check(extent, extents);
            extents.add(extent);
        }
        return extents;
    }

    private static int id(String word) {
        try {
            int id = Integer.parseUnsignedInt(word);
            if (id == UserView.NONE) {
                throw Errno.EINVAL.exception();
            }
            return id;
        } catch (NumberFormatException e) {
            throw Errno.EINVAL.exception();
        }
    }

    /** Not empty, no overflow, no overlap. */
    private static void check(Extent extent, List<Extent> others) {
        long count = Integer.toUnsignedLong(extent.count());
        long first = Integer.toUnsignedLong(extent.first());
        long above = Integer.toUnsignedLong(extent.above());
        if (count == 0 || first + count > 0xffff_ffffL || above + count > 0xffff_ffffL) {
            throw Errno.EINVAL.exception();
        }
        for (Extent other : others) {
            long otherCount = Integer.toUnsignedLong(other.count());
            long otherFirst = Integer.toUnsignedLong(other.first());
            long otherAbove = Integer.toUnsignedLong(other.above());
            if (first < otherFirst + otherCount && otherFirst < first + count
                    || above < otherAbove + otherCount && otherAbove < above + count) {
                throw Errno.EINVAL.exception();
            }
        }
    }

    static void setSetgroups(ProcFilesystem proc, Task writer, Task task, String value) {
        UserView space = task.credentials().space();
        if (!writer.credentials().canIn(space, Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EACCES.exception();
        }
        switch (value.strip()) {
            case "allow" -> {
                if (!space.permitsSetgroups()) {
                    throw Errno.EPERM.exception();
                }
            }
            case "deny" -> {
                if (!space.maps().denySetgroups()) {
                    throw Errno.EPERM.exception();
                }
            }
            default -> throw Errno.EINVAL.exception();
        }
    }
}
