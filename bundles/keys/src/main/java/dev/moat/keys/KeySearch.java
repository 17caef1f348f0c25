package dev.moat.keys;

import dev.moat.abi.Errno;
import dev.moat.api.task.Credentials;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One search of keyrings: a key of a name, or a certain key. Only what may be searched is seen.
 * security/keys/keyring.c keyring_search_rcu().
 */
final class KeySearch {
    private final Credentials who;
    private final Key.@Nullable Name name;
    private final @Nullable Key wanted;

    /** Keyrings that were looked into: many ways may lead to one. */
    private final Set<Key> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    /** Why nothing was found: EAGAIN if there was nothing of that name. */
    private Errno failure = Errno.EAGAIN;

    private boolean expiredIsMissing;

    private KeySearch(Credentials who, Key.@Nullable Name name, @Nullable Key wanted) {
        this.who = who;
        this.name = name;
        this.wanted = wanted;
    }

    static KeySearch forName(Credentials who, Key.Name name) {
        return new KeySearch(who, name, null);
    }

    /** Passes over keys that have expired: KEYRING_SEARCH_SKIP_EXPIRED. */
    KeySearch skippingExpired() {
        expiredIsMissing = true;
        return this;
    }

    /** In whatever state it is. */
    static KeySearch forKey(Credentials who, Key wanted) {
        return new KeySearch(who, null, wanted);
    }

    /** All that can be reached from {@code roots}. */
    static Set<Key> reachable(Credentials who, List<Key> roots) {
        KeySearch search = new KeySearch(who, null, null);
        Set<Key> found = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Key root : roots) {
            search.in(root, true);
        }
        for (Key keyring : search.seen) {
            found.add(keyring);
            for (Key key : keyring.links()) {
                if (KeyRights.allow(key, true, who, KeyRights.SEARCH)) {
                    found.add(key);
                }
            }
        }
        return found;
    }

    Errno failure() {
        return failure;
    }

    /** Searches a keyring with all that lie in it; null if there is nothing. */
    @Nullable Key in(Key keyring, boolean possessed) {
        if (!KeyRights.allow(keyring, possessed, who, KeyRights.SEARCH)) {
            failure = Errno.EACCES;
            return null;
        }
        return matches(keyring) ? accept(keyring, possessed) : descend(keyring, possessed, 0);
    }

    private @Nullable Key descend(Key keyring, boolean possessed, int level) {
        if (keyring.isRevoked() || keyring.isDead() || !seen.add(keyring)) {
            return null;
        }
        Key direct = name == null ? null : keyring.find(name);
        if (direct != null) {
            Key accepted = accept(direct, possessed);
            if (accepted != null) {
                return accepted;
            }
        }
        for (Key key : keyring.links()) {
            if (key == wanted) {
                return accept(key, possessed);
            }
            boolean deeper =
                    key.isKeyring()
                            && level < Key.MOST_LEVELS
                            && KeyRights.allow(key, possessed, who, KeyRights.SEARCH);
            Key found = deeper ? descend(key, possessed, level + 1) : null;
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private boolean matches(Key key) {
        return key == wanted || name != null && key.name().equals(name);
    }

    private @Nullable Key accept(Key key, boolean possessed) {
        if (wanted == null) {
            Errno fault = key.fault();
            if (fault != null) {
                boolean missing =
                        fault == Errno.ENOKEY || fault == Errno.EKEYEXPIRED && expiredIsMissing;
                failure = missing ? failure : fault;
                return null;
            }
        }
        if (!KeyRights.allow(key, possessed, who, KeyRights.SEARCH)) {
            failure = Errno.EACCES;
            return null;
        }
        Errno rejection = wanted == null ? key.rejection() : null;
        if (rejection != null) {
            failure = rejection;
            return null;
        }
        return key;
    }
}
