package dev.moat.api.vfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.SeekWhence;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class SeekableFileTest {
    private final Task task =
            (Task)
                    Proxy.newProxyInstance(
                            Task.class.getClassLoader(),
                            new Class<?>[] {Task.class},
                            (proxy, method, arguments) -> {
                                throw new UnsupportedOperationException(method.getName());
                            });

    @Test
    void read_movesThePositionByWhatItGot() {
        ByteFile file = new ByteFile("hello", OpenFlags.O_RDWR);
        assertEquals("hel", read(file, 3));
        assertEquals("lo", read(file, 3));
        assertEquals("", read(file, 3));
        assertEquals(5, file.position());
    }

    @Test
    void failedRead_leavesThePosition() {
        ByteFile file = new ByteFile("hello", OpenFlags.O_RDWR);
        file.failure = Errno.EAGAIN.negated();
        assertEquals(Errno.EAGAIN.negated(), file.read(task, KernelBuffer.of(new byte[3])));
        assertEquals(0, file.position());
    }

    @Test
    void write_goesToThePosition_andWithAppendToTheEnd() {
        ByteFile file = new ByteFile("hello", OpenFlags.O_RDWR);
        assertEquals(1, file.seek(task, 1, SeekWhence.SEEK_SET));
        write(file, "a");
        assertEquals("hallo", file.content);
        assertEquals(2, file.position());
        file.setFlags(OpenFlags.O_APPEND, OpenFlags.O_APPEND);
        write(file, "!");
        assertEquals("hallo!", file.content);
        assertEquals(6, file.position());
    }

    @Test
    void seek_countsFromStartPositionAndEnd() {
        ByteFile file = new ByteFile("hello", OpenFlags.O_RDWR);
        assertEquals(70, file.seek(task, 70, SeekWhence.SEEK_SET));
        assertEquals(68, file.seek(task, -2, SeekWhence.SEEK_CUR));
        assertEquals(4, file.seek(task, -1, SeekWhence.SEEK_END));
        assertEquals(2, file.seek(task, 2, SeekWhence.SEEK_DATA));
        assertEquals(5, file.seek(task, 2, SeekWhence.SEEK_HOLE));
    }

    @Test
    void seek_toWhereNothingCanBe_isRefusedAndLeavesThePosition() {
        ByteFile file = new ByteFile("hello", OpenFlags.O_RDWR);
        file.seek(task, 3, SeekWhence.SEEK_SET);
        assertSeekFails(Errno.EINVAL, file, -1, SeekWhence.SEEK_SET);
        assertSeekFails(Errno.EINVAL, file, Long.MAX_VALUE, SeekWhence.SEEK_CUR);
        assertSeekFails(Errno.EINVAL, file, Long.MAX_VALUE, SeekWhence.SEEK_END);
        assertSeekFails(Errno.EINVAL, file, 0, 7);
        assertSeekFails(Errno.ENXIO, file, 5, SeekWhence.SEEK_DATA);
        assertSeekFails(Errno.ENXIO, file, -1, SeekWhence.SEEK_HOLE);
        assertEquals(3, file.position());
    }

    @Test
    void generatedText_isMadeWhenReadingStarts_andStays() {
        CountingFile file = new CountingFile();
        assertEquals("text ", read(file, 5));
        assertEquals("1", read(file, 5));
        assertEquals("", read(file, 5));
        assertEquals("1", readAt(file, 5));
        assertEquals("text 2", readAt(file, 0));
        file.seek(task, 0, SeekWhence.SEEK_SET);
        assertEquals("text 3", read(file, 100));
    }

    @Test
    void generatedText_isMadeForWhoDoesNotStartAtTheStart() {
        assertEquals("t 1", readAt(new CountingFile(), 3));
    }

    private void assertSeekFails(Errno errno, FileDescription file, long offset, int whence) {
        ErrnoException failure =
                assertThrows(ErrnoException.class, () -> file.seek(task, offset, whence));
        assertEquals(errno, failure.errno());
    }

    private String read(FileDescription file, int count) {
        byte[] bytes = new byte[count];
        return text(bytes, file.read(task, KernelBuffer.of(bytes)));
    }

    private String readAt(FileDescription file, long offset) {
        byte[] bytes = new byte[100];
        return text(bytes, file.readAt(task, KernelBuffer.of(bytes), offset));
    }

    private void write(FileDescription file, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(bytes.length, file.write(task, KernelBuffer.of(bytes)));
    }

    private static String text(byte[] bytes, long count) {
        return new String(
                Arrays.copyOf(bytes, Math.toIntExact(count)), StandardCharsets.ISO_8859_1);
    }

    private static final class ByteFile extends SeekableFile {
        private String content;
        private long failure;

        ByteFile(String content, int flags) {
            super(flags);
            this.content = content;
        }

        @Override
        protected void closed() {}

        @Override
        public Inode inode() {
            throw new UnsupportedOperationException();
        }

        @Override
        protected long endBytes() {
            return content.length();
        }

        @Override
        public long readAt(Task reader, IoBuffer target, long offset) {
            if (failure != 0) {
                return failure;
            }
            byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
            return offset >= bytes.length
                    ? 0
                    : target.put(MemorySegment.ofArray(bytes), offset, bytes.length - offset);
        }

        @Override
        public long writeAt(Task writer, IoBuffer source, long offset) {
            byte[] bytes = new byte[Math.toIntExact(source.remaining())];
            source.get(MemorySegment.ofArray(bytes), 0, bytes.length);
            StringBuilder changed = new StringBuilder(content);
            int at = Math.toIntExact(offset);
            changed.replace(
                    at,
                    Math.min(changed.length(), at + bytes.length),
                    new String(bytes, StandardCharsets.ISO_8859_1));
            content = changed.toString();
            return bytes.length;
        }
    }

    private static final class CountingFile extends GeneratedFile {
        private int made;

        CountingFile() {
            super(OpenFlags.O_RDONLY);
        }

        @Override
        protected void closed() {}

        @Override
        public Inode inode() {
            throw new UnsupportedOperationException();
        }

        @Override
        protected byte[] text(Task reader) {
            made++;
            return ("text " + made).getBytes(StandardCharsets.ISO_8859_1);
        }
    }
}
