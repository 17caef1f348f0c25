package dev.moat.api.namespace;

/**
 * How a mount shows the owners of files: an idmapped mount. What a file system stores as an id that
 * its own user namespace has, is shown as what {@code space} means by it. Source: mount_setattr(2),
 * fs/mnt_idmapping.c.
 *
 * @param space the user namespace whose maps it takes; both are written, and so never change
 * @param owner the user namespace of the file system
 */
public record IdMap(UserView space, UserView owner) {
    /** Who is shown for a stored user; {@link UserView#NONE} for nobody. */
    public int shownUid(int stored) {
        int id = owner.findUid(stored);
        return id == UserView.NONE ? UserView.NONE : space.meantUid(id);
    }

    public int shownGid(int stored) {
        int id = owner.findGid(stored);
        return id == UserView.NONE ? UserView.NONE : space.meantGid(id);
    }

    /** What is stored for a user; {@link UserView#NONE}: nothing can be. */
    public int storedUid(int shown) {
        int id = space.findUid(shown);
        return id == UserView.NONE ? UserView.NONE : owner.meantUid(id);
    }

    public int storedGid(int shown) {
        int id = space.findGid(shown);
        return id == UserView.NONE ? UserView.NONE : owner.meantGid(id);
    }
}
