package dev.moat.swap.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/** Cuts a section into blocks, has them encoded by several threads, and writes them in order. */
final class SectionOutput extends OutputStream {
    /** Blocks under way: enough that no encoder waits for the disk. */
    private static final int WINDOW = 8;

    private final CheckpointOutput output;
    private final Section section;
    private final ExecutorService encoders;
    private final Deque<Future<Block>> underWay = new ArrayDeque<>();
    private byte[] buffer = new byte[Block.MAX_RAW_BYTES];
    private int filled;
    private int blocks;
    private long total;
    private boolean closed;

    SectionOutput(CheckpointOutput output, Section section, ExecutorService encoders) {
        this.output = output;
        this.section = section;
        this.encoders = encoders;
    }

    @Override
    public void write(int value) throws IOException {
        if (filled == buffer.length) {
            submit();
        }
        buffer[filled++] = (byte) value;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
            if (filled == buffer.length) {
                submit();
            }
            int step = Math.min(length - done, buffer.length - filled);
            System.arraycopy(bytes, offset + done, buffer, filled, step);
            filled += step;
            done += step;
        }
    }

    /** Ends the section; the file stays open. */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        if (filled > 0) {
            submit();
        }
        while (!underWay.isEmpty()) {
            writeFirst();
        }
        write(Block.last(section, blocks, total));
    }

    private void submit() throws IOException {
        byte[] raw = buffer;
        int length = filled;
        int number = blocks++;
        total += length;
        buffer = new byte[Block.MAX_RAW_BYTES];
        filled = 0;
        underWay.addLast(encoders.submit(() -> Block.encode(section, number, raw, length)));
        if (underWay.size() == WINDOW) {
            writeFirst();
        }
    }

    private void writeFirst() throws IOException {
        try {
            write(underWay.removeFirst().get());
        } catch (ExecutionException e) {
            throw new IOException("cannot compress: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void write(Block block) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(Block.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(block.rawBytes()).putInt(block.storedBytes()).putInt(block.checksum());
        output.write(header.flip());
        output.write(ByteBuffer.wrap(block.stored(), 0, block.storedBytes()));
    }
}
