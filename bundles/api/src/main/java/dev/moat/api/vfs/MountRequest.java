package dev.moat.api.vfs;

import dev.moat.api.sandbox.Sandbox;
import java.util.List;
import java.util.Map;

/**
 * What a file system type gets to open an instance.
 *
 * @param source as given to mount(2): a device, a host path, or a name of no meaning
 * @param options {@code data} of mount(2), split at commas; a flag has an empty value
 * @param readOnly whether it will be mounted read-only
 * @param layers directories it is built upon (overlay: the upper one first, then the lowers,
 *     topmost first), empty for others; the VFS resolves {@code upperdir=} and {@code lowerdir=} of
 *     a guest's mount(2) to them; for an image its file alone
 * @param deviceId st_dev that the instance shall report
 */
public record MountRequest(
        Sandbox sandbox,
        String source,
        Map<String, String> options,
        boolean readOnly,
        List<Inode> layers,
        long deviceId) {}
