package dev.moat.loader.vdso;

import static dev.moat.abi.SyscallNumbers.__NR_clock_getres;
import static dev.moat.abi.SyscallNumbers.__NR_clock_gettime;
import static dev.moat.abi.SyscallNumbers.__NR_getcpu;
import static dev.moat.abi.SyscallNumbers.__NR_gettimeofday;
import static dev.moat.abi.SyscallNumbers.__NR_time;

/**
 * The instructions of the vDSO that answer from the {@link ClockPage}, which is mapped right before
 * the image; whatever the page does not serve is asked by a system call. No function uses the
 * stack.
 */
final class ClockCode {
    private static final int JMP = 0xeb;
    private static final int JNC = 0x73;
    private static final int JZ = 0x74;
    private static final int JNZ = 0x75;

    /** __CPUNODE_SEG, arch/x86/include/asm/segment.h. */
    private static final int CPU_NODE_SEGMENT = 0x7b;

    /** VDSO_CPUNODE_MASK: the number of the node is in the bits above. */
    private static final int CPU_MASK = 0xfff;

    private static final int NANOS_PER_SECOND = 1_000_000_000;

    /** Image address of the code; distances to the clock page are made from it. */
    private final int address;

    private final Assembler code = new Assembler();

    private ClockCode(int address) {
        this.address = address;
    }

    static VdsoCode assemble() {
        // The code's place in the image depends on names only, so that a first assembly finds it.
        VdsoCode draft = new ClockCode(0).build();
        return new ClockCode(VdsoImage.textAddress(draft)).build();
    }

    private VdsoCode build() {
        clockGettime();
        gettimeofday();
        time();
        getcpu();
        systemCall("clock_getres", __NR_clock_getres);
        return code.finish();
    }

    /** {@code int clock_gettime(clockid_t edi, struct timespec *rsi)}. */
    private void clockGettime() {
        code.begin("clock_gettime");
        code.op(0x83, 0xff, ClockPage.CLOCK_IDS).jump(JNC, "slow"); // cmp $8, %edi; jae
        beginRead();
        code.op(0x41, 0x8b, 0x40, ClockPage.CLOCKS); // mov CLOCKS(%r8), %eax
        code.op(0x0f, 0xa3, 0xf8).jump(JNC, "slow"); // bt %edi, %eax; jae
        readLine();
        code.op(0x89, 0xf9); // mov %edi, %ecx
        code.op(0x49, 0x03, 0x44, 0xc8, ClockPage.OFFSETS); // add OFFSETS(%r8,%rcx,8), %rax
        endRead();
        toSeconds();
        code.op(0x48, 0x89, 0x06); // mov %rax, (%rsi)
        code.op(0x48, 0x89, 0x56, 0x08); // mov %rdx, 8(%rsi)
        returnZero();
        pause();
        code.label("slow").systemCallAndReturn(__NR_clock_gettime);
        code.end();
    }

    /** {@code int gettimeofday(struct timeval *rdi, struct timezone *rsi)}. */
    private void gettimeofday() {
        code.begin("gettimeofday");
        code.op(0x48, 0x85, 0xf6)
                .jump(JNZ, "slow"); // test %rsi, %rsi: nobody asks for time zones any more
        code.op(0x48, 0x85, 0xff).jump(JZ, "slow"); // test %rdi, %rdi
        readRealtime();
        code.op(0x48, 0x89, 0x07); // mov %rax, (%rdi)
        code.op(0x89, 0xd0); // mov %edx, %eax
        code.op(0x31, 0xd2); // xor %edx, %edx
        code.op(0xb9).imm32(1000); // mov $1000, %ecx
        code.op(0xf7, 0xf1); // div %ecx
        code.op(0x48, 0x89, 0x47, 0x08); // mov %rax, 8(%rdi)
        returnZero();
        pause();
        code.label("slow").systemCallAndReturn(__NR_gettimeofday);
        code.end();
    }

    /** {@code time_t time(time_t *rdi)}. */
    private void time() {
        code.begin("time");
        readRealtime();
        code.op(0x48, 0x85, 0xff).jump(JZ, "done"); // test %rdi, %rdi
        code.op(0x48, 0x89, 0x07); // mov %rax, (%rdi)
        code.label("done").op(0xc3); // ret
        pause();
        code.label("slow").systemCallAndReturn(__NR_time);
        code.end();
    }

    /**
     * {@code int getcpu(unsigned *rdi, unsigned *rsi, void *rdx)}. The host keeps the number of
     * each CPU in the limit of a segment, as its own vDSO reads it.
     */
    private void getcpu() {
        code.begin("getcpu");
        pageToR8();
        code.op(0x41, 0x83, 0x78, ClockPage.CLOCKS, 0).jump(JZ, "slow"); // cmpl $0, CLOCKS(%r8)
        code.op(0xb8).imm32(CPU_NODE_SEGMENT); // mov $segment, %eax
        code.op(0x0f, 0x03, 0xc0).jump(JNZ, "slow"); // lsl %eax, %eax: ZF is set where there is one
        code.op(0x25).imm32(CPU_MASK); // and $mask, %eax
        code.op(0x3d).imm32(ClockPage.CPU_COUNT).jump(JNC, "slow"); // cmp $count, %eax; jae
        code.op(0x41, 0x0f, 0xb6, 0x84, 0x00).imm32(ClockPage.CPUS); // movzbl CPUS(%r8,%rax), %eax
        code.op(0x3c, ClockPage.NO_CPU).jump(JZ, "slow"); // cmp $NO_CPU, %al
        code.op(0x48, 0x85, 0xff).jump(JZ, "node"); // test %rdi, %rdi
        code.op(0x89, 0x07); // mov %eax, (%rdi)
        code.label("node").op(0x31, 0xc0); // xor %eax, %eax: the only node, and the result
        code.op(0x48, 0x85, 0xf6).jump(JZ, "done"); // test %rsi, %rsi
        code.op(0x89, 0x06); // mov %eax, (%rsi)
        code.label("done").op(0xc3); // ret
        code.label("slow").systemCallAndReturn(__NR_getcpu);
        code.end();
    }

    private void systemCall(String name, int number) {
        code.begin(name);
        code.systemCallAndReturn(number);
        code.end();
    }

    /** Seconds of CLOCK_REALTIME to rax, nanoseconds to rdx. */
    private void readRealtime() {
        beginRead();
        code.op(0x41, 0xf6, 0x40, ClockPage.CLOCKS, 1).jump(JZ, "slow"); // testb $1, CLOCKS(%r8)
        readLine();
        code.op(0x49, 0x03, 0x40, ClockPage.OFFSETS); // add OFFSETS(%r8), %rax
        endRead();
        toSeconds();
    }

    /** Page address to r8, its even sequence number to r9d. */
    private void beginRead() {
        pageToR8();
        code.label("read").op(0x45, 0x8b, 0x08); // mov SEQUENCE(%r8), %r9d
        code.op(0x41, 0xf6, 0xc1, 0x01).jump(JNZ, "pause"); // test $1, %r9b
    }

    private void pageToR8() {
        code.op(0x4c, 0x8d, 0x05); // lea page(%rip), %r8
        int next = address + code.position() + 4;
        code.imm32(-ClockPage.SIZE_BYTES - next);
    }

    /** The line at the present counter to rax. */
    private void readLine() {
        code.op(0x0f, 0xae, 0xe8); // lfence: the counter is read behind the sequence number
        code.op(0x0f, 0x31); // rdtsc
        code.op(0x48, 0xc1, 0xe2, 0x20); // shl $32, %rdx
        code.op(0x48, 0x09, 0xd0); // or %rdx, %rax
        code.op(0x49, 0x2b, 0x40, ClockPage.COUNTER_BASE).jump(JNC, "forward"); // sub; jae
        code.op(0x31, 0xc0); // xor %eax, %eax
        code.label("forward").op(0x49, 0xf7, 0x60, ClockPage.MULTIPLIER); // mulq MULTIPLIER(%r8)
        code.op(0x48, 0x0f, 0xac, 0xd0, 0x20); // shrd $32, %rdx, %rax
        code.op(0x49, 0x03, 0x40, ClockPage.BASE); // add BASE(%r8), %rax
    }

    /** Again, if the page has changed. */
    private void endRead() {
        code.op(0x45, 0x3b, 0x08).jump(JNZ, "read"); // cmp SEQUENCE(%r8), %r9d
    }

    /** Nanoseconds in rax to seconds in rax and the rest in rdx. */
    private void toSeconds() {
        code.op(0x31, 0xd2); // xor %edx, %edx
        code.op(0xb9).imm32(NANOS_PER_SECOND); // mov $1000000000, %ecx
        code.op(0x48, 0xf7, 0xf1); // div %rcx
    }

    private void returnZero() {
        code.op(0x31, 0xc0, 0xc3); // xor %eax, %eax; ret
    }

    private void pause() {
        code.label("pause").op(0xf3, 0x90).jump(JMP, "read"); // pause
    }
}
