package dev.moat.vfs;

import dev.moat.abi.ErrnoException;
import dev.moat.api.namespace.IdMap;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Credentials;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What mount_setattr(2) makes of mounts.
 *
 * @param set MS_* to be set
 * @param clear MS_* to be cleared first
 * @param propagation MS_SHARED and its like; 0 to leave it
 * @param map what becomes of maps of ids
 */
public record MountChange(long set, long clear, int propagation, MapChange map) {
    /** What becomes of the map of a mount. */
    public sealed interface MapChange {
        /** It stays. */
        record None() implements MapChange {}

        /** There is none from here on; nobody has seen the mounts yet. */
        record Remove() implements MapChange {}

        /**
         * Another one.
         *
         * @param space whose maps it takes
         * @param replaces nobody has seen the mounts yet
         */
        record Give(UserView space, boolean replaces) implements MapChange {}
    }

    /**
     * Changes all of the mounts, or none.
     *
     * @throws ErrnoException EPERM: a flag that stays; EBUSY: a file is open for writing; what
     *     {@link Mount#checkIdMap} has
     */
    void apply(Credentials who, List<Mount> mounts) {
        for (Mount mount : mounts) {
            mount.checkFlags(after(mount));
            if (map instanceof MapChange.Give(UserView space, boolean replaces)) {
                mount.checkIdMap(who, space, replaces);
            }
        }
        List<Runnable> back = new ArrayList<>();
        try {
            for (Mount mount : mounts) {
                long flags = mount.flags();
                mount.setFlags(after(mount));
                back.add(() -> mount.setFlags(flags));
                changeMap(mount, back);
            }
        } catch (ErrnoException e) {
            back.reversed().forEach(Runnable::run);
            throw e;
        }
    }

    private long after(Mount mount) {
        return mount.flags() & ~clear | set;
    }

    private void changeMap(Mount mount, List<Runnable> back) {
        @Nullable IdMap former = mount.idMap();
        switch (map) {
            case MapChange.None _ -> {
                return;
            }
            case MapChange.Remove _ -> mount.setIdMap(null);
            case MapChange.Give(UserView space, _) ->
                    mount.setIdMap(new IdMap(space, mount.owner()));
        }
        back.add(() -> mount.setIdMap(former));
    }
}
