package dev.moat.api.vfs;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A change of attributes (Linux {@code struct iattr}); absent parts stay. Permission was checked by
 * the caller. Times are nanoseconds since the epoch; {@link #NOW} stands for the current time.
 */
public record AttributeChange(
        OptionalInt permissions,
        OptionalInt uid,
        OptionalInt gid,
        OptionalLong atimeNs,
        OptionalLong mtimeNs) {
    public static final long NOW = Long.MIN_VALUE;

    public static AttributeChange mode(int permissions) {
        return new AttributeChange(
                OptionalInt.of(permissions),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                OptionalLong.empty());
    }

    /** Owner change; the new permissions (set-id bits dropped) come along. */
    public static AttributeChange owner(OptionalInt uid, OptionalInt gid, OptionalInt permissions) {
        return new AttributeChange(
                permissions, uid, gid, OptionalLong.empty(), OptionalLong.empty());
    }

    public static AttributeChange times(OptionalLong atimeNs, OptionalLong mtimeNs) {
        return new AttributeChange(
                OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), atimeNs, mtimeNs);
    }
}
