package dev.moat.bpf.verify;

/** Reads and writes registers of a path as instructions may: check_reg_arg(). */
final class Registers {
    private Registers() {}

    static Value read(Knowledge now, int number) throws Refusal {
        checkNumber(number);
        Value value = now.register(number);
        if (value instanceof Value.Unset) {
            throw Refusal.access("R" + number + " !read_ok");
        }
        return value;
    }

    static void checkWritable(int number) throws Refusal {
        checkNumber(number);
        if (number == Knowledge.FRAME_REGISTER) {
            throw Refusal.access("frame pointer is read only");
        }
    }

    private static void checkNumber(int number) throws Refusal {
        if (number >= Knowledge.REGISTERS) {
            throw Refusal.invalid("R" + number + " is invalid");
        }
    }
}
