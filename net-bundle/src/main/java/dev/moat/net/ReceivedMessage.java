package dev.moat.net;

import dev.moat.abi.Ucred;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.ThreadGroup;
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
    private @Nullable ThreadGroup process;
    private long arrivalNs;
    private boolean atMark;
    private int group;

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
    public void take(
            Ucred sender,
            @Nullable ThreadGroup senderProcess,
            byte[] from,
            long timeNs,
            List<FileDescription> files) {
        credentials = sender;
        process = senderProcess;
        source = from;
        arrivalNs = timeNs;
        rights = files;
    }

    /** Notes MSG_TRUNC, MSG_EOR... and the length that the message had. */
    public void note(int messageFlags, long lengthBytes) {
        flags |= messageFlags;
        fullLengthBytes = lengthBytes;
    }

    /** A stream reader stands before urgent data: what it has is all that it gets in this call. */
    public void noteMark() {
        atMark = true;
    }

    /** The group of a netlink socket that it was sent to. */
    public void noteGroup(int number) {
        group = number;
    }

    /** 0 for none. */
    public int group() {
        return group;
    }

    public boolean isAtMark() {
        return atMark;
    }

    /** The sending process, null if nothing was received or nobody is known. */
    public @Nullable ThreadGroup process() {
        return process;
    }

    /** Real time of arrival, 0 if it was not noted. */
    public long arrivalNs() {
        return arrivalNs;
    }

    /** Sender, null if nothing was received. */
    public @Nullable Ucred credentials() {
        return credentials;
    }

    /** Address of the sender, empty if it has none. */
    public byte[] source() {
        return source;
    }

    /** Takes open files away that nobody wants, for the caller to release; empty if they are. */
    public List<FileDescription> takeUnwanted() {
        List<FileDescription> unwanted = wantsRights ? List.of() : rights;
        if (!wantsRights) {
            rights = List.of();
        }
        return unwanted;
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
