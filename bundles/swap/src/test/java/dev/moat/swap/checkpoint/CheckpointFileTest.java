package dev.moat.swap.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The container: sections, blocks, checksums. */
class CheckpointFileTest {
    private static final byte[] MANIFEST = "{\"name\":\"box\"}".getBytes();

    @TempDir Path directory;
    private Path file;
    private final byte[] objects = new byte[3000];
    private final byte[] memory = new byte[5 * Block.MAX_RAW_BYTES / 2];

    @BeforeEach
    void fill() {
        file = directory.resolve("box.ckpt");
        Arrays.fill(objects, (byte) 'o');
        new Random(1).nextBytes(memory);
        Arrays.fill(memory, 0, Block.MAX_RAW_BYTES, (byte) 'm');
    }

    @Test
    void sections_readBack_areWhatWasWritten() throws Exception {
        long size = write();

        readAll(file);
        assertEquals(Files.size(file), size);
        assertEquals(List.of("box.ckpt"), names());
        assertEquals("rw-------", permissions());
        assertTrue(size < memory.length * 3 / 4, "compressed: " + size);
    }

    @Test
    void file_cutAnywhere_isRefusedWithTheSection() throws Exception {
        write();
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length += length < 300 ? 3 : 131_071) {
            String reason = refusal(Arrays.copyOf(whole, length));
            assertTrue(
                    length < 8
                            ? reason.equals("it is no checkpoint")
                            : reason.startsWith("it is cut off "),
                    length + ": " + reason);
        }
        assertEquals(
                "it is cut off in its section 'memory', block 2",
                refusal(Arrays.copyOf(whole, whole.length - 200)));
    }

    @Test
    void file_alteredAnywhere_isRefused() throws Exception {
        write();
        byte[] whole = Files.readAllBytes(file);
        for (int at = 0;
                at < whole.length;
                at += at < 300 || at > whole.length - 100 ? 5 : 262_147) {
            byte[] altered = whole.clone();
            altered[at] ^= 0x10;
            assertFalse(refusal(altered).isEmpty(), "altered at " + at);
        }
        whole[whole.length / 2] ^= 1;
        assertEquals(
                "section 'memory' is damaged: the checksum of block 1 is wrong", refusal(whole));
    }

    @Test
    void file_withMoreBehindItsEnd_isRefused() throws Exception {
        write();
        byte[] whole = Files.readAllBytes(file);
        assertEquals("something follows its end", refusal(Arrays.copyOf(whole, whole.length + 1)));
    }

    @Test
    void file_ofLaterVersion_isRefused() throws Exception {
        write();
        byte[] whole = Files.readAllBytes(file);
        byte[] header = Arrays.copyOf(whole, FileHeader.BYTES);
        header[8] = 2;
        java.util.zip.CRC32C sum = new java.util.zip.CRC32C();
        sum.update(header, 0, 12);
        java.nio.ByteBuffer.wrap(header)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putInt(12, (int) sum.getValue());
        System.arraycopy(header, 0, whole, 0, header.length);
        assertEquals("it has format version 2, this kernel reads version 1", refusal(whole));
    }

    @Test
    void otherFiles_areNoCheckpoints() throws Exception {
        assertEquals("it is no checkpoint", refusal("#!/bin/sh\nexit 0\n# and more".getBytes()));
        assertEquals("it is no checkpoint", refusal(new byte[0]));
        assertEquals(
                "there is no such file",
                assertThrows(
                                CheckpointException.class,
                                () -> CheckpointInput.open(directory.resolve("none")))
                        .getMessage());
        assertEquals(
                "it is no regular file",
                assertThrows(CheckpointException.class, () -> CheckpointInput.open(directory))
                        .getMessage());
    }

    @Test
    void output_notFinished_leavesTheOldFile() throws Exception {
        Files.writeString(file, "old");
        try (CheckpointOutput output = CheckpointOutput.create(file)) {
            output.begin(Section.MANIFEST).write(MANIFEST);
        }
        assertEquals("old", Files.readString(file));
        assertEquals(List.of("box.ckpt"), names());
    }

    private long write() throws IOException {
        try (CheckpointOutput output = CheckpointOutput.create(file)) {
            write(output, Section.MANIFEST, MANIFEST);
            write(output, Section.OBJECTS, objects);
            write(output, Section.MEMORY, memory);
            return output.finish();
        }
    }

    private static void write(CheckpointOutput output, Section section, byte[] bytes)
            throws IOException {
        try (OutputStream out = output.begin(section)) {
            out.write(bytes, 0, bytes.length / 3);
            out.write(bytes, bytes.length / 3, bytes.length - bytes.length / 3);
        }
    }

    private void readAll(Path path) throws IOException {
        try (CheckpointInput input = CheckpointInput.open(path)) {
            assertArrayEquals(MANIFEST, input.begin(Section.MANIFEST).readAllBytes());
            assertArrayEquals(objects, input.begin(Section.OBJECTS).readAllBytes());
            assertArrayEquals(memory, input.begin(Section.MEMORY).readAllBytes());
            input.expectEnd();
        }
    }

    private String refusal(byte[] bytes) throws IOException {
        Path other = directory.resolve("other");
        Files.write(other, bytes);
        return assertThrows(CheckpointException.class, () -> readAll(other)).getMessage();
    }

    private List<String> names() throws IOException {
        try (var entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).toList();
        }
    }

    private String permissions() throws IOException {
        return java.nio.file.attribute.PosixFilePermissions.toString(
                Files.getPosixFilePermissions(file));
    }
}
