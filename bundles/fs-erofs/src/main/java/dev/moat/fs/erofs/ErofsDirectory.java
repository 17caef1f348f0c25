package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.Limits;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.FileDescription.DirectorySink;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.ListedDirectory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A directory: blocks of entries, sorted by name within and between blocks. */
@Stateful
final class ErofsDirectory extends ErofsInode implements ListedDirectory {
    private static final int ENTRY_BYTES = 12;

    /** EROFS_FT_*: the DT_* of each type of file. */
    private static final int[] TYPES = {
        0,
        FileMode.DT_REG,
        FileMode.DT_DIR,
        FileMode.DT_CHR,
        FileMode.DT_BLK,
        FileMode.DT_FIFO,
        FileMode.DT_SOCK,
        FileMode.DT_LNK
    };

    ErofsDirectory(ErofsFilesystem filesystem, Node node) {
        super(filesystem, node);
    }

    private record Entry(String name, long id, int type) {}

    private int blocks() {
        int bytes = mounted().superblock().blockBytes();
        return (int) ((node().sizeBytes() + bytes - 1) / bytes);
    }

    /** Entries of a block: EUCLEAN. */
    private List<Entry> block(int index) {
        int bytes = mounted().superblock().blockBytes();
        long offset = (long) index * bytes;
        int size = (int) Math.min(bytes, node().sizeBytes() - offset);
        ByteBuffer block = Content.readAll(this, offset, size);
        if (size < ENTRY_BYTES) {
            throw Errno.EUCLEAN.exception();
        }
        int names = Short.toUnsignedInt(block.getShort(8));
        if (names < ENTRY_BYTES || names > size || names % ENTRY_BYTES != 0) {
            throw Errno.EUCLEAN.exception();
        }
        int count = names / ENTRY_BYTES;
        List<Entry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int at = i * ENTRY_BYTES;
            int from = Short.toUnsignedInt(block.getShort(at + 8));
            int to = i + 1 < count ? Short.toUnsignedInt(block.getShort(at + 20)) : size;
            if (from < names || to > size || from >= to) {
                throw Errno.EUCLEAN.exception();
            }
            int type = block.get(at + 10);
            entries.add(
                    new Entry(
                            name(block, from, to),
                            block.getLong(at),
                            type >= 0 && type < TYPES.length ? TYPES[type] : 0));
        }
        return entries;
    }

    /** The last name of a block ends with a zero byte or the block. */
    private static String name(ByteBuffer block, int from, int to) {
        byte[] bytes = new byte[to - from];
        block.get(from, bytes);
        String name = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = name.indexOf('\0');
        String text = end < 0 ? name : name.substring(0, end);
        if (text.isEmpty() || text.length() > Limits.NAME_MAX || text.indexOf('/') >= 0) {
            throw Errno.EUCLEAN.exception();
        }
        return text;
    }

    @Override
    public @Nullable Inode lookup(String name) {
        int low = 0;
        int high = blocks() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            List<Entry> entries = block(middle);
            if (name.compareTo(entries.getFirst().name()) < 0) {
                high = middle - 1;
            } else if (name.compareTo(entries.getLast().name()) > 0) {
                low = middle + 1;
            } else {
                for (Entry entry : entries) {
                    if (entry.name().equals(name)) {
                        return mounted().inode(entry.id());
                    }
                }
                return null;
            }
        }
        return null;
    }

    @Override
    public long list(long from, DirectorySink sink) {
        int bytes = mounted().superblock().blockBytes();
        long position = from;
        for (long index = from / bytes; index < blocks(); index++) {
            List<Entry> entries = block((int) index);
            for (int i = 0; i < entries.size(); i++) {
                long at = index * bytes + i;
                if (at < from) {
                    continue;
                }
                Entry entry = entries.get(i);
                long next = i + 1 < entries.size() ? at + 1 : (index + 1) * bytes;
                if (!sink.entry(entry.name(), entry.id(), entry.type(), next)) {
                    return position;
                }
                position = next;
            }
        }
        return position;
    }

    @Override
    public void listEntries(DirectorySink sink) {
        list(
                0,
                (name, inode, type, next) ->
                        name.equals(".")
                                || name.equals("..")
                                || sink.entry(name, inode, type, next));
    }

    @Override
    public FileDescription open(Task task, int flags) {
        return new ErofsDirectoryStream(this, flags);
    }
}
