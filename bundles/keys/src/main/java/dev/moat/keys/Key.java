package dev.moat.keys;

import dev.moat.abi.Errno;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Keyrings;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A key or a keyring. It lives as long as a keyring has it or somebody holds it. Guarded by the
 * table's lock.
 */
@Stateful
final class Key implements Keyrings.Held {
    /** What a link in a keyring counts for: KEYQUOTA_LINK_BYTES. */
    private static final int LINK_BYTES = 4;

    /** What it takes: an entry of a map, and a name. */
    private static final int LINK_HELD_BYTES = 128;

    /** As deep as keyrings may lie in each other: KEYRING_SEARCH_MAX_DEPTH. */
    static final int MOST_LEVELS = 6;

    private final KeyTable table;
    private final int serial;
    private final KeyType type;
    private final String description;

    /** Of keyrings: what lies in it, in order of linking; one of each name. */
    private final Map<Name, Key> links = new LinkedHashMap<>();

    private int uid;
    private int gid;
    private int rights;
    private byte[] payload = {};
    private int uses;
    private boolean dead;

    /** Why there is nothing in it, of a negative key: request_key(2). */
    private @Nullable Errno rejection;

    /** Whether nothing more may be linked into it: KEYCTL_RESTRICT_KEYRING. */
    private boolean restricted;

    /** Whether its owner's quota has nothing for it. */
    private boolean free;

    /** When it was revoked, in seconds since 1970; 0: it is not. */
    private long revokedSeconds;

    /** In seconds since 1970; 0: never. */
    private long expirySeconds;

    /** What its owner's quota has for it. */
    private long chargedBytes;

    /** What the kernel host's heap has for it. */
    private long heldBytes;

    /** By what it is found in a keyring. */
    record Name(KeyType type, String description) {}

    Key(KeyTable table, int serial, Name name, int uid, int gid, int rights) {
        this.table = table;
        this.serial = serial;
        this.type = name.type();
        this.description = name.description();
        this.uid = uid;
        this.gid = gid;
        this.rights = rights;
    }

    /** Of a key that was just made: its owner's quota has nothing for it. */
    void makeFree() {
        free = true;
    }

    boolean isFree() {
        return free;
    }

    int serial() {
        return serial;
    }

    KeyType type() {
        return type;
    }

    boolean isKeyring() {
        return type == KeyType.KEYRING;
    }

    String description() {
        return description;
    }

    Name name() {
        return new Name(type, description);
    }

    int uid() {
        return uid;
    }

    int gid() {
        return gid;
    }

    int rights() {
        return rights;
    }

    int uses() {
        return uses;
    }

    byte[] payload() {
        return payload;
    }

    Collection<Key> links() {
        return links.values();
    }

    boolean isRevoked() {
        return revokedSeconds != 0;
    }

    /** Whether it is revoked or expired for so long that it is as good as gone: key_is_dead(). */
    boolean isOver() {
        long ended = revokedSeconds != 0 ? revokedSeconds : expirySeconds;
        return ended != 0 && table.nowSeconds() - ended >= table.setting(KeySetting.GC_DELAY);
    }

    long expirySeconds() {
        return expirySeconds;
    }

    long chargedBytes() {
        return chargedBytes;
    }

    void noteCharged(long bytes) {
        chargedBytes += bytes;
    }

    long heldBytes() {
        return heldBytes;
    }

    void noteHeld(long bytes) {
        heldBytes += bytes;
    }

    /** Whether it has gone. */
    boolean isDead() {
        return dead;
    }

    /** key_validate(): ENOKEY, EKEYREVOKED, EKEYEXPIRED; null if it can be used. */
    @Nullable Errno fault() {
        if (dead || isOver()) {
            return Errno.ENOKEY;
        }
        if (isRevoked()) {
            return Errno.EKEYREVOKED;
        }
        boolean expired = expirySeconds != 0 && table.nowSeconds() >= expirySeconds;
        return expired ? Errno.EKEYEXPIRED : null;
    }

    /** As {@link #fault}, and what a negative key answers: key_read_state(). */
    @Nullable Errno faultOfUse() {
        Errno fault = fault();
        return fault == null ? rejection : fault;
    }

    @Nullable Errno rejection() {
        return rejection;
    }

    /** It becomes a negative key for some seconds: key_reject_and_link(). */
    void reject(Errno error, int seconds) {
        rejection = error;
        expirySeconds = table.nowSeconds() + seconds;
    }

    /** Nothing more can be linked into it: EEXIST if this is so already. */
    void restrict() {
        if (restricted) {
            throw Errno.EEXIST.exception();
        }
        restricted = true;
    }

    boolean isRestricted() {
        return restricted;
    }

    void setOwner(int newUid, int newGid) {
        uid = newUid;
        gid = newGid;
    }

    void setRights(int newRights) {
        rights = newRights;
    }

    void setExpirySeconds(long seconds) {
        expirySeconds = seconds;
    }

    /**
     * Of keys that are no keyrings: EDQUOT. A key that had expired or was negative is good again.
     */
    void setPayload(byte[] data) {
        long more = data.length - payload.length;
        int counted = type.quotaBytes(data.length) - type.quotaBytes(payload.length);
        table.charge(this, counted, more);
        payload = data;
        rejection = null;
        expirySeconds = 0;
    }

    /** What it held is gone; its name stays for a while. */
    void revoke() {
        revokedSeconds = Math.max(1, table.nowSeconds());
        table.charge(this, -type.quotaBytes(payload.length), -payload.length);
        payload = new byte[0];
        clear();
    }

    @Nullable Key find(Name wanted) {
        return links.get(wanted);
    }

    /**
     * Puts a key into this keyring, in place of one of the same name: EDQUOT, EDEADLK, ELOOP, EPERM
     * of a restricted one.
     */
    void link(Key key) {
        if (isRevoked()) {
            throw Errno.EKEYREVOKED.exception();
        }
        if (restricted) {
            throw Errno.EPERM.exception();
        }
        linkAnyhow(key);
    }

    /** As {@link #link}, whether it is restricted or not: construct_alloc_key(). */
    void linkAnyhow(Key key) {
        if (isRevoked()) {
            throw Errno.EKEYREVOKED.exception();
        }
        if (key.isKeyring()) {
            checkNesting(key, 1, Collections.newSetFromMap(new IdentityHashMap<>()));
        }
        Key former = links.get(key.name());
        if (former == key) {
            return;
        }
        if (former == null) {
            table.charge(this, LINK_BYTES, LINK_HELD_BYTES);
        }
        key.retainLocked();
        links.put(key.name(), key);
        if (former != null) {
            former.releaseLocked();
        }
    }

    /** keyring_detect_cycle(); many ways may lead to one keyring. */
    private void checkNesting(Key below, int level, Set<Key> seen) {
        if (below == this) {
            throw Errno.EDEADLK.exception();
        }
        if (level > MOST_LEVELS) {
            throw Errno.ELOOP.exception();
        }
        for (Key next : below.links.values()) {
            if (next.isKeyring() && seen.add(next)) {
                checkNesting(next, level + 1, seen);
            }
        }
    }

    /** Whether it was there. */
    boolean unlink(Key key) {
        if (!links.remove(key.name(), key)) {
            return false;
        }
        table.charge(this, -LINK_BYTES, -LINK_HELD_BYTES);
        key.releaseLocked();
        return true;
    }

    void clear() {
        for (Key key : links.values().toArray(Key[]::new)) {
            unlink(key);
        }
    }

    /** It is gone from all keyrings, whoever holds it: KEYCTL_INVALIDATE. */
    void invalidate() {
        for (Key keyring : table.collectKeyrings()) {
            keyring.unlink(this);
        }
        clear();
        table.forget(this);
        dead = true;
    }

    @Override
    public boolean retain() {
        table.lock.lock();
        try {
            boolean there = uses > 0;
            if (there) {
                retainLocked();
            }
            return there;
        } finally {
            table.lock.unlock();
        }
    }

    @Override
    public void release() {
        table.lock.lock();
        try {
            releaseLocked();
        } finally {
            table.lock.unlock();
        }
    }

    void retainLocked() {
        uses++;
    }

    /** Without recursion: guests decide how deep keyrings lie in each other. */
    void releaseLocked() {
        Deque<Key> released = new ArrayDeque<>();
        released.add(this);
        while (!released.isEmpty()) {
            Key key = released.remove();
            key.uses--;
            if (key.uses == 0) {
                released.addAll(key.links.values());
                key.links.clear();
                key.dead = true;
                table.forget(key);
            }
        }
    }
}
