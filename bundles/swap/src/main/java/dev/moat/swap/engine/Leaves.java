package dev.moat.swap.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.lang.ref.Cleaner;
import java.lang.ref.ReferenceQueue;
import java.nio.Buffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.StampedLock;
import java.util.zip.Checksum;

/** Classes of the JDK and of libraries whose instances are carried as they are. */
final class Leaves {
    private static final Set<Class<?>> EXACT =
            Set.of(
                    Boolean.class,
                    Byte.class,
                    Character.class,
                    Short.class,
                    Integer.class,
                    Long.class,
                    Float.class,
                    Double.class,
                    String.class,
                    Class.class,
                    Object.class,
                    BitSet.class,
                    Random.class,
                    SecureRandom.class,
                    ReferenceQueue.class,
                    CompletableFuture.class,
                    CountDownLatch.class,
                    Semaphore.class,
                    AtomicBoolean.class,
                    AtomicInteger.class,
                    AtomicIntegerArray.class,
                    AtomicLong.class,
                    AtomicLongArray.class,
                    LongAdder.class,
                    StampedLock.class);

    /** Also their implementations, whatever they are called. */
    private static final List<Class<?>> ANY =
            List.of(
                    MemorySegment.class,
                    Thread.class,
                    Arena.class,
                    MethodHandle.class,
                    VarHandle.class,
                    Cleaner.class,
                    Buffer.class,
                    Path.class,
                    Lock.class,
                    Condition.class,
                    ClassLoader.class,
                    Checksum.class,
                    TemporalAccessor.class,
                    TemporalAmount.class,
                    java.io.InputStream.class,
                    java.io.OutputStream.class);

    private Leaves() {}

    static boolean knows(Class<?> type) {
        if (EXACT.contains(type) || type.getName().startsWith("java.util.OptionalInt")) {
            return true;
        }
        if (type.getName().startsWith("java.util.OptionalLong") || isLogger(type)) {
            return true;
        }
        for (Class<?> any : ANY) {
            if (any.isAssignableFrom(type)) {
                return true;
            }
        }
        return false;
    }

    /** Loggers are found by name and shared by all revisions. */
    private static boolean isLogger(Class<?> type) {
        return org.slf4j.Logger.class.isAssignableFrom(type);
    }
}
