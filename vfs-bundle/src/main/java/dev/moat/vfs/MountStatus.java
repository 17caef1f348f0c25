package dev.moat.vfs;

import static dev.moat.abi.StatmountFlags.*;

import dev.moat.abi.DeviceNumbers;
import dev.moat.abi.MountFlags;
import dev.moat.abi.Statmount;
import dev.moat.api.namespace.IdMap;
import dev.moat.api.namespace.UserView;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What statmount(2) tells of one mount: fs/namespace.c. Used by one call. */
public final class MountStatus {
    /** What can be asked for. */
    private static final int SUPPORTED = 0x7fff;

    /** There are no subtypes and security options. */
    private static final List<Integer> NEVER_THERE =
            List.of(STATMOUNT_FS_SUBTYPE, STATMOUNT_OPT_SEC_ARRAY);

    private final MountView view;
    private final Mount mount;
    private final long wanted;
    private final UserView viewer;

    /** Strings with their ends; an empty one is the first, for all that are not there. */
    private final ByteArrayOutputStream strings = new ByteArrayOutputStream();

    private long mask;

    /**
     * @param wanted STATMOUNT_*
     * @param viewer the user namespace of who asks
     */
    public MountStatus(MountView view, Mount mount, long wanted, UserView viewer) {
        this.viewer = viewer;
        this.view = view;
        this.mount = mount;
        this.wanted = wanted;
    }

    /** The struct with its strings behind it. */
    public byte[] collect() {
        int type = string(STATMOUNT_FS_TYPE, mount.filesystem().type().name());
        int root = string(STATMOUNT_MNT_ROOT, mount.rootPath());
        int point = string(STATMOUNT_MNT_POINT, point());
        String shown = mount.filesystem().shownOptions();
        int options = string(STATMOUNT_MNT_OPTS, escaped(shown));
        List<String> each = shown.isEmpty() ? List.of() : List.of(shown.split(","));
        int array = string(STATMOUNT_OPT_ARRAY, String.join("\0", each));
        int source = string(STATMOUNT_SB_SOURCE, mount.source());
        for (int none : NEVER_THERE) {
            string(none, "");
        }
        List<String> users = mapLines(false);
        int userMap = map(STATMOUNT_MNT_UIDMAP, users);
        List<String> groups = mapLines(true);
        int groupMap = map(STATMOUNT_MNT_GIDMAP, groups);
        boolean superBasic = fixed(STATMOUNT_SB_BASIC);
        boolean basic = fixed(STATMOUNT_MNT_BASIC);
        long device = mount.filesystem().deviceId();
        PeerGroup group = mount.group();
        PeerGroup master = mount.master();
        long ownNamespace = view.namespace().number();
        boolean from = fixed(STATMOUNT_PROPAGATE_FROM);
        boolean namespace = fixed(STATMOUNT_MNT_NS_ID);
        boolean supported = fixed(STATMOUNT_SUPPORTED_MASK);
        Statmount fields =
                new Statmount(
                        (int) Statmount.SIZE + strings.size(),
                        options,
                        mask,
                        superBasic ? DeviceNumbers.major(device) : 0,
                        superBasic ? DeviceNumbers.minor(device) : 0,
                        superBasic ? mount.filesystem().statfs().type() : 0,
                        superBasic && mount.tree().isReadOnly() ? MountFlags.MS_RDONLY : 0,
                        type,
                        basic ? mount.uniqueId() : 0,
                        basic ? parent().uniqueId() : 0,
                        basic ? mount.id() : 0,
                        basic ? parent().id() : 0,
                        basic ? attributes() : 0,
                        basic ? propagation() : 0,
                        basic && group != null ? group.id() : 0,
                        basic && master != null ? master.id() : 0,
                        from ? view.vfs().mountTable().dominating(mount, view.root()) : 0,
                        root,
                        point,
                        namespace ? ownNamespace : 0,
                        0,
                        source,
                        array == 0 ? 0 : each.size(),
                        array,
                        0,
                        0,
                        supported ? SUPPORTED : 0,
                        userMap == 0 ? 0 : users.size(),
                        userMap,
                        groupMap == 0 ? 0 : groups.size(),
                        groupMap);
        byte[] all = new byte[(int) Statmount.SIZE + strings.size()];
        fields.writeTo(MemorySegment.ofArray(all), 0);
        System.arraycopy(strings.toByteArray(), 0, all, (int) Statmount.SIZE, strings.size());
        return all;
    }

    /** Whether a part without strings is wanted, which then is told. */
    private boolean fixed(int flag) {
        mask |= wanted & flag;
        return (wanted & flag) != 0;
    }

    /** Where a string lies; an empty one is not told. */
    private int string(int flag, String text) {
        if ((wanted & flag) == 0) {
            return 0;
        }
        if (strings.size() == 0) {
            strings.write(0);
        }
        if (text.isEmpty()) {
            return 0;
        }
        int at = strings.size();
        strings.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        strings.write(0);
        mask |= flag;
        return at;
    }

    /**
     * The mount's map of ids, in the caller's terms; what has no name there is left out. Empty
     * without a map.
     */
    private List<String> mapLines(boolean groups) {
        IdMap map = mount.idMap();
        if (map == null) {
            return List.of();
        }
        List<String> lines = new ArrayList<>();
        for (UserView.Extent extent : map.space().maps().extents(groups)) {
            int first = extent.first();
            int shown = groups ? map.space().meantGid(first) : map.space().meantUid(first);
            int seen = groups ? viewer.findGid(shown) : viewer.findUid(shown);
            int last = shown + extent.count() - 1;
            int lastSeen = groups ? viewer.findGid(last) : viewer.findUid(last);
            if (seen != UserView.NONE && lastSeen - seen == extent.count() - 1) {
                lines.add(
                        Integer.toUnsignedString(first)
                                + ' '
                                + Integer.toUnsignedString(seen)
                                + ' '
                                + Integer.toUnsignedString(extent.count()));
            }
        }
        return lines;
    }

    /** A map is told of even if nothing of it can be said. */
    private int map(int flag, List<String> lines) {
        if (mount.idMap() != null) {
            mask |= wanted & flag;
        }
        return string(flag, String.join("\0", lines));
    }

    /** Empty if it is not below the root of who asks. */
    private String point() {
        Place place = new Place(mount, mount.root());
        return Paths.isReachable(place, view.root()) ? Paths.shown(place, view.root()) : "";
    }

    /** As in /proc/mounts, whose lines it must not break: fs/proc_namespace.c. */
    private static String escaped(String options) {
        return options.replace("\\", "\\134")
                .replace(" ", "\\040")
                .replace("\t", "\\011")
                .replace("\n", "\\012");
    }

    /** Itself for the first mount. */
    private Mount parent() {
        Place on = mount.on();
        return on == null ? mount : on.mount();
    }

    /** MOUNT_ATTR_*. */
    private long attributes() {
        long flags = 0;
        flags |= mount.has(MountFlags.MS_RDONLY) ? MountFlags.MOUNT_ATTR_RDONLY : 0;
        flags |= mount.isNoSuid() ? MountFlags.MOUNT_ATTR_NOSUID : 0;
        flags |= mount.isNoDevices() ? MountFlags.MOUNT_ATTR_NODEV : 0;
        flags |= mount.isNoExec() ? MountFlags.MOUNT_ATTR_NOEXEC : 0;
        flags |= mount.has(MountFlags.MS_NODIRATIME) ? MountFlags.MOUNT_ATTR_NODIRATIME : 0;
        flags |= mount.has(MountFlags.MS_NOSYMFOLLOW) ? MountFlags.MOUNT_ATTR_NOSYMFOLLOW : 0;
        flags |= mount.idMap() != null ? MountFlags.MOUNT_ATTR_IDMAP : 0;
        if (mount.has(MountFlags.MS_NOATIME)) {
            return flags | MountFlags.MOUNT_ATTR_NOATIME;
        }
        return mount.has(MountFlags.MS_STRICTATIME)
                ? flags | MountFlags.MOUNT_ATTR_STRICTATIME
                : flags | MountFlags.MOUNT_ATTR_RELATIME;
    }

    /** MS_SHARED, MS_SLAVE, MS_UNBINDABLE; MS_PRIVATE if it is none of them. */
    private long propagation() {
        long kind = 0;
        kind |= mount.group() != null ? MountFlags.MS_SHARED : 0;
        kind |= mount.master() != null ? MountFlags.MS_SLAVE : 0;
        kind |= mount.isUnbindable() ? MountFlags.MS_UNBINDABLE : 0;
        return kind == 0 ? MountFlags.MS_PRIVATE : kind;
    }
}
