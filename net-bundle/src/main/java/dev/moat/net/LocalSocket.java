package dev.moat.net;

import dev.moat.api.vfs.Inode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A local socket as those see it who list sockets: sock_diag(7), {@code /proc/net/unix}. */
public interface LocalSocket {
    /** The {@code sun_path} that it is bound to, as long as it is; empty without a name. */
    byte[] boundPath();

    /** The file that it is bound to; null for other names. */
    @Nullable Inode boundFile();

    boolean isConnected();

    /** Inode number of the other end, 0 if there is none or it is not yet accepted. */
    long peerNumber();

    /** Inode numbers of those who connected and wait to be accepted, 0 where they are gone. */
    List<Long> pendingNumbers();

    /** Connections that may wait to be accepted. */
    int backlogLimit();

    /** RCV_SHUTDOWN = 1 and SEND_SHUTDOWN = 2. */
    int shutDown();
}
