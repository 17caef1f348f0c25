package dev.moat.swap.checkpoint;

/** A checkpoint cannot be written or read: what is wrong, without the name of the file. */
final class CheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CheckpointException(String message) {
        super(message);
    }

    CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }
}
