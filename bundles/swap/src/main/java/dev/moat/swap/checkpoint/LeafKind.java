package dev.moat.swap.checkpoint;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.lock.RankedStampedLock;
import java.io.IOException;
import java.lang.ref.ReferenceQueue;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.concurrent.locks.StampedLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Objects that hold no other objects. The place in this list is the number in the file: append
 * only. At the safe point nobody holds a lock, so locks come back free.
 */
enum LeafKind {
    BOOLEAN(
            Boolean.class,
            (out, value) -> out.writeByte((boolean) value ? 1 : 0),
            in -> in.readByte() != 0),
    BYTE(Byte.class, (out, value) -> out.writeSigned((byte) value), in -> (byte) in.readSigned()),
    CHARACTER(
            Character.class,
            (out, value) -> out.writeNumber((char) value),
            in -> (char) in.readNumber()),
    SHORT(
            Short.class,
            (out, value) -> out.writeSigned((short) value),
            in -> (short) in.readSigned()),
    INTEGER(
            Integer.class,
            (out, value) -> out.writeSigned((int) value),
            in -> (int) in.readSigned()),
    LONG(Long.class, (out, value) -> out.writeSigned((long) value), RecordInput::readSigned),
    FLOAT(
            Float.class,
            (out, value) -> out.writeNumber(Primitives.toBits(value)),
            in -> Float.intBitsToFloat((int) in.readNumber())),
    DOUBLE(
            Double.class,
            (out, value) -> out.writeNumber(Primitives.toBits(value)),
            in -> Double.longBitsToDouble(in.readNumber())),
    STRING(String.class, (out, value) -> out.writeString((String) value), RecordInput::readString),
    MONITOR(Object.class, LeafKind::nothing, _ -> new Object()),
    BIT_SET(
            BitSet.class,
            (out, value) -> Primitives.writeArray(out, ((BitSet) value).toLongArray()),
            in -> BitSet.valueOf(longs(in))),
    ATOMIC_BOOLEAN(
            AtomicBoolean.class,
            (out, value) -> out.writeByte(((AtomicBoolean) value).get() ? 1 : 0),
            in -> new AtomicBoolean(in.readByte() != 0)),
    ATOMIC_INTEGER(
            AtomicInteger.class,
            (out, value) -> out.writeSigned(((AtomicInteger) value).get()),
            in -> new AtomicInteger((int) in.readSigned())),
    ATOMIC_LONG(
            AtomicLong.class,
            (out, value) -> out.writeSigned(((AtomicLong) value).get()),
            in -> new AtomicLong(in.readSigned())),
    ATOMIC_INTEGERS(
            AtomicIntegerArray.class,
            (out, value) -> Primitives.writeArray(out, copy((AtomicIntegerArray) value)),
            in -> new AtomicIntegerArray(ints(in))),
    ATOMIC_LONGS(
            AtomicLongArray.class,
            (out, value) -> Primitives.writeArray(out, copy((AtomicLongArray) value)),
            in -> new AtomicLongArray(longs(in))),
    ADDER(
            LongAdder.class,
            (out, value) -> out.writeSigned(((LongAdder) value).sum()),
            LeafKind::adder),
    OPTIONAL_INT(
            OptionalInt.class,
            LeafKind::writeOptionalInt,
            in -> in.readByte() == 0 ? OptionalInt.empty() : OptionalInt.of((int) in.readSigned())),
    OPTIONAL_LONG(
            OptionalLong.class,
            LeafKind::writeOptionalLong,
            in -> in.readByte() == 0 ? OptionalLong.empty() : OptionalLong.of(in.readSigned())),
    RANKED_LOCK(
            RankedLock.class,
            (out, value) -> out.writeString(((RankedLock) value).rank().name()),
            in -> new RankedLock(rank(in))),
    RANKED_STAMPED_LOCK(
            RankedStampedLock.class,
            (out, value) -> out.writeString(((RankedStampedLock) value).rank().name()),
            in -> new RankedStampedLock(rank(in))),
    REENTRANT_LOCK(ReentrantLock.class, LeafKind::nothing, _ -> new ReentrantLock()),
    READ_WRITE_LOCK(
            ReentrantReadWriteLock.class, LeafKind::nothing, _ -> new ReentrantReadWriteLock()),
    STAMPED_LOCK(StampedLock.class, LeafKind::nothing, _ -> new StampedLock()),
    LATCH(
            CountDownLatch.class,
            (out, value) -> out.writeNumber(((CountDownLatch) value).getCount()),
            in -> new CountDownLatch(in.readCount())),
    SEMAPHORE(
            Semaphore.class,
            (out, value) -> out.writeSigned(((Semaphore) value).availablePermits()),
            in -> new Semaphore((int) in.readSigned())),
    // What comes back twice must not give the same numbers twice.
    SECURE_RANDOM(SecureRandom.class, LeafKind::nothing, _ -> new SecureRandom()),
    RANDOM(Random.class, LeafKind::nothing, _ -> new Random()),
    DURATION(
            Duration.class,
            LeafKind::writeDuration,
            in -> Duration.ofSeconds(in.readSigned(), in.readNumber())),
    INSTANT(
            Instant.class,
            LeafKind::writeInstant,
            in -> Instant.ofEpochSecond(in.readSigned(), in.readNumber())),
    REVERSE_ORDER(
            Comparator.reverseOrder().getClass(),
            LeafKind::nothing,
            _ -> Collections.reverseOrder()),
    NATURAL_ORDER(
            Comparator.naturalOrder().getClass(),
            LeafKind::nothing,
            _ -> Comparator.naturalOrder()),
    PATH(
            Path.class,
            (out, value) -> out.writeString(value.toString()),
            in -> Path.of(in.readString())),
    LOGGER(
            Logger.class,
            (out, value) -> out.writeString(((Logger) value).getName()),
            in -> LoggerFactory.getLogger(in.readString())),
    REFERENCE_QUEUE(ReferenceQueue.class, LeafKind::nothing, _ -> new ReferenceQueue<>());

    private interface Writer {
        void write(RecordOutput out, Object value) throws IOException;
    }

    private interface Reader {
        Object read(RecordInput in) throws IOException;
    }

    private static final List<LeafKind> ALL = List.of(values());

    private final Class<?> type;
    private final Writer writer;
    private final Reader reader;

    LeafKind(Class<?> type, Writer writer, Reader reader) {
        this.type = type;
        this.writer = writer;
        this.reader = reader;
    }

    /** Empty if {@code value} is no leaf. */
    static Optional<LeafKind> of(Object value) {
        for (LeafKind kind : ALL) {
            if (kind.type == value.getClass()
                    || kind.type.isInterface() && kind.type.isInstance(value)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }

    void write(RecordOutput out, Object value) throws IOException {
        out.writeNumber(ordinal());
        writer.write(out, value);
    }

    static Object read(RecordInput in) throws IOException {
        int number = in.readCount();
        if (number >= ALL.size()) {
            throw new CheckpointException("a value is of an unknown kind");
        }
        try {
            return ALL.get(number).reader.read(in);
        } catch (DateTimeException | ArithmeticException | InvalidPathException e) {
            throw new CheckpointException("a value is malformed: " + e.getMessage(), e);
        }
    }

    private static void nothing(RecordOutput out, Object value) {}

    private static void writeOptionalInt(RecordOutput out, Object value) throws IOException {
        OptionalInt optional = (OptionalInt) value;
        out.writeByte(optional.isPresent() ? 1 : 0);
        if (optional.isPresent()) {
            out.writeSigned(optional.getAsInt());
        }
    }

    private static void writeOptionalLong(RecordOutput out, Object value) throws IOException {
        OptionalLong optional = (OptionalLong) value;
        out.writeByte(optional.isPresent() ? 1 : 0);
        if (optional.isPresent()) {
            out.writeSigned(optional.getAsLong());
        }
    }

    private static void writeDuration(RecordOutput out, Object value) throws IOException {
        out.writeSigned(((Duration) value).getSeconds());
        out.writeNumber(((Duration) value).getNano());
    }

    private static void writeInstant(RecordOutput out, Object value) throws IOException {
        out.writeSigned(((Instant) value).getEpochSecond());
        out.writeNumber(((Instant) value).getNano());
    }

    private static LongAdder adder(RecordInput in) throws IOException {
        LongAdder adder = new LongAdder();
        adder.add(in.readSigned());
        return adder;
    }

    private static LockRank rank(RecordInput in) throws IOException {
        String name = in.readString();
        for (LockRank rank : LockRank.values()) {
            if (rank.name().equals(name)) {
                return rank;
            }
        }
        throw new CheckpointException("there is no lock rank " + name);
    }

    private static int[] copy(AtomicIntegerArray array) {
        int[] copy = new int[array.length()];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = array.get(i);
        }
        return copy;
    }

    private static long[] copy(AtomicLongArray array) {
        long[] copy = new long[array.length()];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = array.get(i);
        }
        return copy;
    }

    private static long[] longs(RecordInput in) throws IOException {
        if (Primitives.readArray(in) instanceof long[] numbers) {
            return numbers;
        }
        throw new CheckpointException("an array is of the wrong type");
    }

    private static int[] ints(RecordInput in) throws IOException {
        if (Primitives.readArray(in) instanceof int[] numbers) {
            return numbers;
        }
        throw new CheckpointException("an array is of the wrong type");
    }
}
