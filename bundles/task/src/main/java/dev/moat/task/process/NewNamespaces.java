package dev.moat.task.process;

import dev.moat.abi.CloneFlags;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.Namespaces;
import dev.moat.api.namespace.TimeSpace;
import dev.moat.api.sandbox.UtsName;
import dev.moat.api.vfs.FsContext;
import java.util.EnumMap;
import java.util.Map;

/** Namespaces that clone(2) and unshare(2) make. */
public final class NewNamespaces {
    /** The kinds there can be several of. */
    public static final long KNOWN =
            CloneFlags.CLONE_NEWUTS
                    | CloneFlags.CLONE_NEWIPC
                    | CloneFlags.CLONE_NEWNS
                    | CloneFlags.CLONE_NEWCGROUP
                    | CloneFlags.CLONE_NEWPID
                    | CloneFlags.CLONE_NEWUSER
                    | CloneFlags.CLONE_NEWNET
                    | CloneFlags.CLONE_NEWTIME;

    static final String UTS_PART = "uts.names";

    private NewNamespaces() {}

    /**
     * Namespaces for a task that shall have some of its own. A time namespace is for its children.
     *
     * @param flags CLONE_NEW*; others are ignored
     * @param fs of that task; not shared with others if it gets a mount namespace
     * @param user the user namespace of that task, new if the flags say so; the caller's use of a
     *     new one passes
     * @return one use of it is the caller's; the task's own if there is nothing new
     */
    public static Namespaces of(GuestTask parent, long flags, FsContext fs, NewUser user) {
        Namespaces own = parent.namespaces();
        if ((flags & KNOWN) == 0) {
            own.retain();
            return own;
        }
        Map<NamespaceKind, Namespace> fresh = new EnumMap<>(NamespaceKind.class);
        for (NamespaceKind kind : NamespaceKind.values()) {
            if ((flags & KNOWN & kind.cloneFlag()) != 0) {
                fresh.put(kind, fresh(parent, kind, user));
            }
        }
        Namespace uts = fresh.get(NamespaceKind.UTS);
        if (uts != null) {
            UtsName names = parent.uts().copy();
            uts.part(UTS_PART, () -> names);
        }
        Namespace mounts = fresh.get(NamespaceKind.MNT);
        if (mounts != null) {
            parent.sandbox().vfs().copyMounts(own.get(NamespaceKind.MNT), mounts, fs);
        }
        Namespace cgroups = fresh.get(NamespaceKind.CGROUP);
        if (cgroups != null) {
            parent.services().cgroups().setRoot(cgroups, parent.cgroup());
        }
        Namespace time = fresh.get(NamespaceKind.TIME);
        if (time != null) {
            TimeSpace.begin(time, TimeSpace.of(own.timeForChildren()));
        }
        return own.withFresh(fresh);
    }

    private static Namespace fresh(GuestTask parent, NamespaceKind kind, NewUser user) {
        return switch (kind) {
            case PID -> PidSpace.newNamespace(parent, user.space());
            case USER -> user.namespace();
            default -> parent.namespaces().fresh(kind, user.space());
        };
    }
}
