package dev.moat.task.process;

import dev.moat.abi.Capabilities;
import dev.moat.abi.CloneFlags;
import dev.moat.abi.Errno;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.UserSpace;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.CredentialDraft;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Credentials.CapabilitySets;
import dev.moat.api.vfs.VfsPath;

/**
 * The credentials of a task that clone(2) makes or that unshare(2) is called by: its own, or those
 * of somebody with all capabilities in a user namespace that has just been made. Source:
 * kernel/user_namespace.c create_user_ns.
 */
public record NewUser(Credentials credentials, Namespace namespace) {
    /** A namespace of this level has none below it: create_user_ns(), kernel/user_namespace.c. */
    private static final int MAX_LEVEL = 33;

    /**
     * Makes a user namespace if the flags say so.
     *
     * @throws dev.moat.abi.ErrnoException ENOSPC: too many levels; EPERM: in a changed root, or
     *     without a name in the namespace
     */
    public static NewUser of(GuestTask maker, long flags) {
        Credentials own = maker.credentials();
        if ((flags & CloneFlags.CLONE_NEWUSER) == 0) {
            return new NewUser(own, maker.namespaces().get(NamespaceKind.USER));
        }
        UserView parent = own.space();
        if (parent.level() >= MAX_LEVEL) {
            throw Errno.ENOSPC.exception();
        }
        VfsPath root = maker.fs().root();
        VfsPath top = maker.sandbox().vfs().root(maker.namespaces().get(NamespaceKind.MNT));
        boolean chrooted = root.inode() != top.inode() || root.mount().id() != top.mount().id();
        if (chrooted
                || parent.findUid(own.effectiveUid()) == UserView.NONE
                || parent.findGid(own.effectiveGid()) == UserView.NONE) {
            throw Errno.EPERM.exception();
        }
        Namespace fresh = maker.namespaces().fresh(NamespaceKind.USER, parent);
        UserView space = UserSpace.begin(fresh, parent, own.effectiveUid());
        return new NewUser(inside(own, space), fresh);
    }

    /** set_cred_user_ns: whoever comes has all capabilities there. */
    public static Credentials inside(Credentials own, UserView space) {
        CredentialDraft draft = new CredentialDraft(own);
        draft.capabilities =
                new CapabilitySets(Capabilities.ALL, Capabilities.ALL, 0, Capabilities.ALL, 0);
        draft.secureBits = 0;
        draft.space = space;
        return draft.finish();
    }

    UserView space() {
        return credentials.space();
    }
}
