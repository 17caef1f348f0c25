package dev.moat.net;

import dev.moat.abi.Ucred;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.FileDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came along with data that was received; filled by {@link Socket#receive}. */
@Stateful
public final class ReceivedMessage {
    private final boolean wantsRights;
    private @Nullable Ucred credentials;
    private byte[] source = new byte[0];
    private List<FileDescription> rights = List.of();
    private int flags;
    private long fullLengthBytes;

    private ReceivedMessage(boolean wantsRights) {
        this.wantsRights = wantsRights;
    }

    /** For recvmsg(2): open files are taken over and owned by the caller. */
    public static ReceivedMessage withControl() {
        return new ReceivedMessage(true);
    }

    /** For read(2), recvfrom(2): open files that came along are closed, as Linux does. */
    public static ReceivedMessage ignored() {
        return new ReceivedMessage(false);
    }

    /**
     * Takes what a message carries.
     *
     * @param files with a reference each for this receiver
     */
    public void take(Ucred sender, byte[] from, List<FileDescription> files) {
        credentials = sender;
        source = from;
        if (wantsRights) {
            rights = files;
        } else {
            files.forEach(FileDescription::release);
        }
    }

    /** Notes MSG_TRUNC, MSG_EOR... and the length that the message had. */
    public void note(int messageFlags, long lengthBytes) {
        flags |= messageFlags;
        fullLengthBytes = lengthBytes;
    }

    /** Sender, null if nothing was received. */
    public @Nullable Ucred credentials() {
        return credentials;
    }

    /** Address of the sender, empty if it has none. */
    public byte[] source() {
        return source;
    }

    /** Open files that came along, owned by the caller. */
    public List<FileDescription> rights() {
        return rights;
    }

    /** MSG_* of msg_flags. */
    public int flags() {
        return flags;
    }

    /** Length of the message before it was cut to the buffer. */
    public long fullLengthBytes() {
        return fullLengthBytes;
    }
}
