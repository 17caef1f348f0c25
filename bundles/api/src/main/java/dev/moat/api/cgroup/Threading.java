package dev.moat.api.cgroup;

import dev.moat.abi.Errno;
import org.jspecify.annotations.Nullable;

/**
 * Which groups are for whole processes and which for single threads. With the tree's lock.
 * kernel/cgroup/cgroup.c, whose names are in parentheses; the root of a sandbox is no exception to
 * any rule, as that of a container is none.
 */
final class Threading {
    private Threading() {}

    /** The group that the processes of a threaded group belong to (dom_cgrp). */
    static Cgroup domainOf(Cgroup group) {
        Cgroup at = group;
        while (at.threaded && at.parent != null) {
            at = at.parent;
        }
        return at;
    }

    /** cgroup_is_thread_root. */
    static boolean isThreadRoot(Cgroup group) {
        if (group.threaded) {
            return false;
        }
        return group.threadedChildren > 0
                || !group.members.isEmpty()
                        && group.enabledBelow.stream().anyMatch(Controller::isThreaded);
    }

    /** cgroup_is_valid_domain. */
    static boolean isValidDomain(Cgroup group) {
        if (group.threaded) {
            return false;
        }
        for (Cgroup at = group.parent; at != null; at = at.parent) {
            if (at.threaded || isThreadRoot(at)) {
                return false;
            }
        }
        return true;
    }

    /** cgroup_can_be_thread_root. */
    static boolean canBeThreadRoot(Cgroup group) {
        if (!isValidDomain(group) || Controller.hasDomainController(group.enabledBelow)) {
            return false;
        }
        return group.children.values().stream()
                .noneMatch(child -> !child.threaded && child.isPopulatedLocked());
    }

    static String type(Cgroup group) {
        if (group.threaded) {
            return "threaded";
        }
        if (!isValidDomain(group)) {
            return "domain invalid";
        }
        return isThreadRoot(group) ? "domain threaded" : "domain";
    }

    /** cgroup_enable_threaded; the caller has seen that there is a group above. */
    static void makeThreaded(Cgroup group, Cgroup above) {
        if (group.threaded) {
            return;
        }
        boolean impossible =
                group.isPopulatedLocked() || Controller.hasDomainController(group.enabledBelow);
        Cgroup domain = domainOf(above);
        if (impossible
                || !isValidDomain(domain)
                || !(isThreadRoot(domain) || canBeThreadRoot(domain))) {
            throw Errno.EOPNOTSUPP.exception();
        }
        group.threaded = true;
        above.threadedChildren++;
    }

    /** cgroup_migrate_vet_dst. */
    static void checkTarget(Cgroup target) {
        if (!isValidDomain(domainOf(target))) {
            throw Errno.EOPNOTSUPP.exception();
        }
        if (target.threaded || isThreadRoot(target) || canBeThreadRoot(target)) {
            return;
        }
        if (!target.enabledBelow.isEmpty()) {
            throw Errno.EBUSY.exception();
        }
    }

    /**
     * cgroup_vet_subtree_control_enable.
     *
     * @param controller to be enabled, null if there is none
     */
    static void checkEnabling(Cgroup group, @Nullable Controller controller, boolean domainToo) {
        if (controller == null) {
            return;
        }
        if (domainToo) {
            if (group.threaded || isThreadRoot(group)) {
                throw Errno.EOPNOTSUPP.exception();
            }
        } else if (group.threaded || canBeThreadRoot(group)) {
            return;
        }
        if (!group.members.isEmpty()) {
            throw Errno.EBUSY.exception();
        }
    }
}
