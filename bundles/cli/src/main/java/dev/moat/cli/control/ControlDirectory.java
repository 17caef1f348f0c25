package dev.moat.cli.control;

import dev.moat.cli.shared.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where the sockets of a user's kernel hosts are: {@code $XDG_RUNTIME_DIR/moat}, or a directory of
 * the user's in {@code /tmp}.
 */
public final class ControlDirectory {
    private static final String SUFFIX = ".sock";
    private static final Set<PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rwx------");

    private final Path directory;
    private final UserPrincipal owner;

    private ControlDirectory(Path directory, UserPrincipal owner) {
        this.directory = directory;
        this.owner = owner;
    }

    /**
     * The directory of the user who runs this program; it is made if it is not there.
     *
     * @throws UsageException it belongs to somebody else, or others may write to it
     */
    public static ControlDirectory open(Map<String, String> environment) {
        try {
            UserPrincipal self = Files.getOwner(Path.of("/proc/self"));
            Path directory = place(environment);
            if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            }
            PosixFileAttributes attributes =
                    Files.readAttributes(
                            directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isDirectory()
                    || !attributes.owner().equals(self)
                    || !OWNER_ONLY.containsAll(attributes.permissions())) {
                throw new UsageException(
                        directory
                                + " is no directory of this user alone; sockets of kernel hosts are not"
                                + " looked for there");
            }
            return new ControlDirectory(directory, self);
        } catch (IOException e) {
            throw new UsageException("no directory for sockets of kernel hosts: " + e);
        }
    }

    /** The user whose directory it is. */
    UserPrincipal owner() {
        return owner;
    }

    /** Where this process' socket is. */
    Path ownSocket() {
        return directory.resolve(ProcessHandle.current().pid() + SUFFIX);
    }

    /** Where it is until somebody listens; clients do not look for it. */
    Path unreadySocket() {
        return directory.resolve(ProcessHandle.current().pid() + ".new");
    }

    /** The sockets that are there, of kernel hosts that have ended, too. */
    List<Path> sockets() throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(path -> path.toString().endsWith(SUFFIX)).sorted().toList();
        }
    }

    private static Path place(Map<String, String> environment) throws IOException {
        String runtime = environment.get("XDG_RUNTIME_DIR");
        if (runtime != null && runtime.startsWith("/")) {
            return Path.of(runtime, "moat");
        }
        Object uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        return Path.of("/tmp", "moat-" + uid);
    }
}
