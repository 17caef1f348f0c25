package dev.moat.api.host;

/**
 * One entry of a host directory, as in {@code struct linux_dirent64}.
 *
 * @param offset position to continue behind this entry, for {@link HostFiles#lseek}
 * @param type {@code DT_*}, 0 (DT_UNKNOWN) where the file system does not tell
 * @param name byte string as ISO-8859-1; includes {@code .} and {@code ..}
 */
public record HostDirent(long inode, long offset, int type, String name) {}
