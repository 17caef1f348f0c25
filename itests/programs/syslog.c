/* syslog(2), /proc/kmsg, /dev/kmsg and their settings in /proc/sys/kernel. On the host others write to the log, too. */
#include "check.h"
#include <linux/capability.h>
#include <poll.h>
#include <sys/klog.h>
#include <sys/utsname.h>

enum { CLOSE, OPEN, READ, READ_ALL, READ_CLEAR, CLEAR, CONSOLE_OFF, CONSOLE_ON, CONSOLE_LEVEL, SIZE_UNREAD, SIZE_BUFFER };
enum { SYSLOG_BIT = 34, LONGEST = 1024, ROOM = 1 << 22 };

static char *room;

static void need_log(void) {
    need_root();
    if (klogctl(SIZE_BUFFER, NULL, 0) < 0) SKIP("the log is not for this user");
    if (access("/dev/kmsg", W_OK) < 0) SKIP("no /dev/kmsg");
    room = malloc(ROOM);
}

static void setting(const char *name, char *value, int size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/sys/kernel/%s", name);
    int fd = REQUIRE_OK(open(path, O_RDONLY));
    ssize_t n = CHECK_OK(read(fd, value, size - 1));
    value[n > 0 ? n : 0] = 0;
    close(fd);
}

static int set(const char *name, const char *value) {
    char path[64];
    snprintf(path, sizeof path, "/proc/sys/kernel/%s", name);
    int fd = open(path, O_WRONLY);
    if (fd < 0) return -1;
    ssize_t n = write(fd, value, strlen(value));
    int error = errno;
    close(fd);
    errno = error;
    return n == (ssize_t)strlen(value) ? 0 : -1;
}

static void need_settings(void) {
    char old[64];
    setting("dmesg_restrict", old, sizeof old);
    if (set("dmesg_restrict", old) < 0) SKIP("settings are read-only here");
}

static void drop_capability(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    REQUIRE_OK(syscall(SYS_capget, &header, data));
    data[SYSLOG_BIT / 32].effective &= ~(1u << SYSLOG_BIT % 32);
    REQUIRE_OK(syscall(SYS_capset, &header, data));
}

/* A text that nobody else writes. */
static const char *marker(void) {
    static char text[64];
    static int count;
    snprintf(text, sizeof text, "moat-test %d.%d.%lld", getpid(), ++count, (long long)now_ns());
    return text;
}

static ssize_t say(const char *text) {
    int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t n = write(fd, text, strlen(text));
    int error = errno;
    close(fd);
    errno = error;
    return n;
}

/* Writes prefix and text as one message. */
static void tell(const char *prefix, const char *text) {
    char line[256];
    snprintf(line, sizeof line, "%s%s\n", prefix, text);
    CHECK_EQ(say(line), strlen(line));
}

/* The line of the whole log (action READ_ALL or READ_CLEAR) that has the text; NULL if there is none. */
static char *line_in(int action, const char *text) {
    int n = CHECK_OK(klogctl(action, room, ROOM - 1));
    room[n > 0 ? n : 0] = 0;
    char *found = strstr(room, text);
    if (!found) return NULL;
    char *end = strchr(found, '\n');
    if (end) *end = 0;
    while (found > room && found[-1] != '\n') found--;
    return found;
}

static void drain(void) {
    while (CHECK_OK(klogctl(SIZE_UNREAD, NULL, 0)) > 0 && klogctl(READ, room, ROOM) > 0);
}

TEST(syslog_withBadArguments_fails) {
    need_log();
    char byte;
    CHECK_EQ(klogctl(CLOSE, NULL, 0), 0);
    CHECK_EQ(klogctl(OPEN, NULL, -1), 0);
    for (int action = READ; action <= READ_CLEAR; action++) {
        CHECK_ERR(klogctl(action, NULL, 1), EINVAL);
        CHECK_ERR(klogctl(action, &byte, -1), EINVAL);
        CHECK_EQ(klogctl(action, &byte, 0), 0);
        CHECK_ERR(klogctl(action, (char *)-4096, 100), EFAULT);
    }
    CHECK_ERR(klogctl(CONSOLE_LEVEL, NULL, 0), EINVAL);
    CHECK_ERR(klogctl(CONSOLE_LEVEL, NULL, 9), EINVAL);
    CHECK_ERR(klogctl(CONSOLE_LEVEL, NULL, -1), EINVAL);
    CHECK_ERR(klogctl(SIZE_BUFFER + 1, NULL, 0), EINVAL);
    CHECK_ERR(klogctl(-1, NULL, 0), EINVAL);
    int size = klogctl(SIZE_BUFFER, NULL, 0);
    CHECK(size >= 4096 && (size & (size - 1)) == 0);
}

TEST(syslog_withoutCapability_fails) {
    need_log();
    need_settings();
    char old[16], byte;
    setting("dmesg_restrict", old, sizeof old);
    CHECK_OK(set("dmesg_restrict", "1"));
    CHECK_EQ(IN_CHILD({
        drop_capability();
        for (int action = CLOSE; action <= SIZE_BUFFER + 1; action++) CHECK_ERR(klogctl(action, &byte, 1), EPERM);
        CHECK_ERR(open("/dev/kmsg", O_RDONLY), EPERM);
        CHECK_ERR(open("/dev/kmsg", O_RDWR), EPERM);
        CHECK_OK(open("/dev/kmsg", O_WRONLY));
        CHECK_ERR(open("/proc/kmsg", O_RDONLY), EPERM);
    }), EXITED(0));
    CHECK_OK(set("dmesg_restrict", "0"));
    CHECK_EQ(IN_CHILD({
        drop_capability();
        for (int action = CLOSE; action <= SIZE_BUFFER + 1; action++) {
            if (action == READ_ALL || action == SIZE_BUFFER) CHECK_OK(klogctl(action, &byte, 1));
            else CHECK_ERR(klogctl(action, &byte, 1), EPERM);
        }
        CHECK_OK(open("/dev/kmsg", O_RDONLY));
        CHECK_ERR(open("/proc/kmsg", O_RDONLY), EPERM);
    }), EXITED(0));
    CHECK_ERR(set("dmesg_restrict", "2"), EINVAL);
    CHECK_OK(set("dmesg_restrict", old));
}

TEST(messages_ofUsers_haveTheirPriority) {
    need_log();
    char old[64];
    setting("printk", old, sizeof old);
    const char *text = marker();
    tell("", text);
    char *line = line_in(READ_ALL, text);
    REQUIRE(line != NULL);
    int priority, level;
    long seconds, micros;
    CHECK_EQ(sscanf(line, "<%d>[%ld.%ld] ", &priority, &seconds, &micros), 3);
    CHECK_EQ(sscanf(old, "%*d %d", &level), 1);
    CHECK_EQ(priority, 8 + level);
    CHECK(strcmp(strstr(line, "] ") + 2, text) == 0);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    CHECK(seconds <= now.tv_sec + 1 && seconds >= now.tv_sec - 30);
    text = marker();
    tell("<3>", text);
    CHECK((line = line_in(READ_ALL, text)) && strncmp(line, "<11>", 4) == 0);
    text = marker();
    tell("<30>", text);
    CHECK((line = line_in(READ_ALL, text)) && strncmp(line, "<30>", 4) == 0);
    text = marker();
    tell("<x>", text);
    CHECK((line = line_in(READ_ALL, text)) && strstr(line, "<x>"));
}

TEST(messages_ofSeveralLines_haveSeveralPrefixes) {
    need_log();
    char line[128];
    const char *text = marker();
    snprintf(line, sizeof line, "<13>%s\nsecond\n", text);
    CHECK_EQ(say(line), strlen(line));
    int n = CHECK_OK(klogctl(READ_ALL, room, ROOM - 1));
    room[n] = 0;
    char *second = strstr(room, text);
    REQUIRE(second != NULL);
    second = strchr(second, '\n') + 1;
    CHECK(strncmp(second, "<13>[", 5) == 0);
    CHECK(strncmp(strstr(second, "] "), "] second\n", 9) == 0);
    CHECK_EQ(say(""), 0);
    char *longest = malloc(LONGEST + 2);
    memset(longest, 'x', LONGEST + 1);
    longest[LONGEST + 1] = 0;
    CHECK_ERR(say(longest), EINVAL);
}

TEST(reading_theEnd_givesWholeMessages) {
    need_log();
    tell("", marker());
    char few[200];
    int n = CHECK_OK(klogctl(READ_ALL, few, sizeof few));
    CHECK(n > 0 && few[0] == '<' && few[n - 1] == '\n');
    CHECK_EQ(klogctl(READ_ALL, few, 4), 0);
}

TEST(clearing_hidesWhatWasThere) {
    need_log();
    const char *text = marker();
    char first[64], second[64];
    strcpy(first, text);
    tell("", first);
    CHECK(line_in(READ_ALL, first) != NULL);
    CHECK_EQ(klogctl(CLEAR, NULL, 0), 0);
    CHECK(line_in(READ_ALL, first) == NULL);
    strcpy(second, marker());
    tell("", second);
    CHECK(line_in(READ_ALL, second) != NULL);
    CHECK(line_in(READ_CLEAR, second) != NULL);
    CHECK(line_in(READ_ALL, second) == NULL);
    /* It is all there for those who read messages one by one. */
    int fd = REQUIRE_OK(open("/dev/kmsg", O_RDONLY | O_NONBLOCK));
    bool found_first = false, found_second = false;
    char message[8192];
    for (ssize_t n; (n = read(fd, message, sizeof message - 1)) > 0;) {
        message[n] = 0;
        found_first |= strstr(message, first) != NULL;
        found_second |= strstr(message, second) != NULL;
    }
    CHECK_EQ(errno, EAGAIN);
    CHECK(found_first && found_second);
    CHECK_EQ(lseek(fd, 0, SEEK_DATA), 0);
    for (ssize_t n; (n = read(fd, message, sizeof message - 1)) > 0;) {
        message[n] = 0;
        CHECK(strstr(message, first) == NULL && strstr(message, second) == NULL);
    }
    close(fd);
}

static int console_level(void) {
    char now[64];
    setting("printk", now, sizeof now);
    return atoi(now);
}

TEST(consoleLevel_isSetAndSwitched) {
    need_log();
    need_settings();
    char old[64], now[64];
    setting("printk", old, sizeof old);
    int parts[4];
    CHECK_EQ(sscanf(old, "%d\t%d\t%d\t%d\n", &parts[0], &parts[1], &parts[2], &parts[3]), 4);
    int least = parts[2];
    CHECK_EQ(klogctl(CONSOLE_LEVEL, NULL, 5), 0);
    CHECK_EQ(console_level(), 5);
    CHECK_EQ(klogctl(CONSOLE_OFF, NULL, 0), 0);
    CHECK_EQ(console_level(), least);
    CHECK_EQ(klogctl(CONSOLE_OFF, NULL, 0), 0);
    CHECK_EQ(klogctl(CONSOLE_ON, NULL, 0), 0);
    CHECK_EQ(console_level(), 5);
    CHECK_EQ(klogctl(CONSOLE_ON, NULL, 0), 0);
    CHECK_EQ(console_level(), 5);
    CHECK_EQ(klogctl(CONSOLE_OFF, NULL, 0), 0);
    CHECK_EQ(klogctl(CONSOLE_LEVEL, NULL, 6), 0);
    CHECK_EQ(klogctl(CONSOLE_ON, NULL, 0), 0);
    CHECK_EQ(console_level(), 6);
    CHECK_EQ(klogctl(CONSOLE_LEVEL, NULL, 8), 0);
    CHECK_EQ(console_level(), 8);
    CHECK_OK(set("printk", "3 4 2\t7\n"));
    setting("printk", now, sizeof now);
    CHECK_STR(now, "3\t4\t2\t7\n");
    CHECK_EQ(klogctl(CONSOLE_LEVEL, NULL, 1), 0);
    CHECK_EQ(console_level(), 2);
    CHECK_OK(set("printk", "5"));
    setting("printk", now, sizeof now);
    CHECK_STR(now, "5\t4\t2\t7\n");
    CHECK_ERR(set("printk", "x"), EINVAL);
    CHECK_OK(set("printk", old));
}

TEST(reading_consumes) {
    need_log();
    drain();
    const char *text = marker();
    tell("", text);
    int unread = CHECK_OK(klogctl(SIZE_UNREAD, NULL, 0));
    CHECK(unread > (int)strlen(text));
    /* In pieces. */
    int size = 0;
    do {
        int n = CHECK_OK(klogctl(READ, room + size, 5));
        REQUIRE(n > 0 && n <= 5);
        room[size += n] = 0;
    } while (!strstr(room, text) || room[size - 1] != '\n');
    CHECK(size >= unread);
    drain();
    CHECK_EQ(klogctl(SIZE_UNREAD, NULL, 0), 0);
    CHECK(line_in(READ_ALL, text) != NULL);
}

static void nothing(int signal) { (void)signal; }

TEST(reading_waitsForAMessage) {
    need_log();
    drain();
    const char *text = marker();
    pid_t reader = START_CHILD({
        for (;;) {
            int n = klogctl(READ, room, ROOM - 1);
            REQUIRE(n > 0);
            room[n] = 0;
            if (strstr(room, text)) break;
        }
    });
    CHECK(EVENTUALLY(state_of(reader) == 'S'));
    tell("", text);
    CHECK_EQ(wait_for(reader), EXITED(0));
    /* A signal ends the wait. */
    drain();
    pid_t interrupted = START_CHILD({
        struct sigaction action = {.sa_handler = nothing};
        sigaction(SIGUSR1, &action, NULL);
        int n;
        while ((n = klogctl(READ, room, ROOM)) > 0);
        CHECK_EQ(n, -1);
        CHECK_EQ(errno, EINTR);
    });
    CHECK(EVENTUALLY(state_of(interrupted) == 'S'));
    CHECK_OK(kill(interrupted, SIGUSR1));
    CHECK_EQ(wait_for(interrupted), EXITED(0));
}

TEST(procKmsg_consumesTheSame) {
    need_log();
    if (access("/proc/kmsg", R_OK) < 0) SKIP("no /proc/kmsg");
    struct stat about;
    CHECK_OK(stat("/proc/kmsg", &about));
    CHECK_EQ(about.st_mode, S_IFREG | 0400);
    int fd = open("/proc/kmsg", O_RDONLY | O_NONBLOCK);
    if (fd < 0) SKIP("/proc/kmsg cannot be opened");
    drain();
    CHECK_ERR(read(fd, room, ROOM), EAGAIN);
    struct pollfd ready = {.fd = fd, .events = POLLIN | POLLOUT};
    CHECK_EQ(poll(&ready, 1, 0), 0);
    const char *text = marker();
    tell("", text);
    CHECK_EQ(poll(&ready, 1, 5000), 1);
    CHECK_EQ(ready.revents, POLLIN);
    ssize_t n = CHECK_OK(read(fd, room, ROOM - 1));
    room[n > 0 ? n : 0] = 0;
    CHECK(strstr(room, text) != NULL);
    CHECK_ERR(write(fd, "x", 1), EBADF);
    close(fd);
    pid_t reader = START_CHILD({
        int blocking = REQUIRE_OK(open("/proc/kmsg", O_RDONLY));
        do {
            ssize_t size = read(blocking, room, ROOM - 1);
            REQUIRE(size > 0);
            room[size] = 0;
        } while (!strstr(room, text));
    });
    CHECK(EVENTUALLY(state_of(reader) == 'S'));
    tell("", text);
    CHECK_EQ(wait_for(reader), EXITED(0));
}

TEST(devKmsg_givesMessagesOneByOne) {
    need_log();
    int fd = REQUIRE_OK(open("/dev/kmsg", O_RDWR | O_NONBLOCK));
    char message[8192], line[256];
    CHECK_EQ(lseek(fd, 0, SEEK_END), 0);
    struct pollfd ready = {.fd = fd, .events = POLLIN | POLLOUT | POLLPRI};
    const char *text = marker();
    snprintf(line, sizeof line, "<13>%s\t\\\x80\xff\n", text);
    CHECK_EQ(write(fd, line, strlen(line)), strlen(line));
    CHECK_EQ(poll(&ready, 1, 5000), 1);
    CHECK_EQ(ready.revents, POLLIN);
    ssize_t n;
    do {
        n = read(fd, message, sizeof message - 1);
        REQUIRE(n > 0);
        message[n] = 0;
    } while (!strstr(message, text));
    int priority;
    unsigned long long number, micros;
    char flag;
    int head = 0;
    CHECK_EQ(sscanf(message, "%d,%llu,%llu,%c;%n", &priority, &number, &micros, &flag, &head), 4);
    CHECK_EQ(priority, 13);
    CHECK_EQ(flag, '-');
    snprintf(line, sizeof line, "%s\\x09\\x5c\\x80\\xff\n", text);
    CHECK_EQ(strncmp(message + head, line, strlen(line)), 0);
    /* Too little room: the message is lost, at its number. */
    text = marker();
    tell("", text);
    char few[3];
    CHECK_ERR(read(fd, few, sizeof few), EINVAL);
    text = marker();
    tell("", text);
    do {
        n = read(fd, message, sizeof message - 1);
        REQUIRE(n > 0);
        message[n] = 0;
    } while (!strstr(message, text));
    unsigned long long later = 0;
    sscanf(message, "%*d,%llu", &later);
    CHECK(later >= number + 2);
    CHECK_ERR(lseek(fd, 1, SEEK_SET), ESPIPE);
    CHECK_ERR(lseek(fd, 0, SEEK_CUR), EINVAL);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK((n = read(fd, message, sizeof message)) > 0);
    close(fd);
    fd = REQUIRE_OK(open("/dev/kmsg", O_WRONLY));
    CHECK_ERR(read(fd, message, sizeof message), EBADF);
    close(fd);
}

TEST(devKmsg_waitsForAMessage) {
    need_log();
    int fd = REQUIRE_OK(open("/dev/kmsg", O_RDONLY));
    CHECK_EQ(lseek(fd, 0, SEEK_END), 0);
    const char *text = marker();
    pid_t reader = START_CHILD({
        char message[8192];
        ssize_t n;
        do {
            n = read(fd, message, sizeof message - 1);
            REQUIRE(n > 0);
            message[n] = 0;
        } while (!strstr(message, text));
    });
    CHECK(EVENTUALLY(state_of(reader) == 'S'));
    tell("", text);
    CHECK_EQ(wait_for(reader), EXITED(0));
}

static int count_of(const char *text) {
    int n = CHECK_OK(klogctl(READ_ALL, room, ROOM - 1)), count = 0;
    room[n > 0 ? n : 0] = 0;
    for (char *at = room; (at = strstr(at, text)); at++) count++;
    return count;
}

/* A message is there when the next one comes, or when it ends in a newline. */
static void write_often(int fd, const char *text, int times) {
    char line[128];
    int size = snprintf(line, sizeof line, "%s\n", text);
    for (int i = 0; i < times; i++) CHECK_EQ(write(fd, line, size), size);
}

TEST(devKmsg_isLimitedAsSet) {
    need_log();
    need_settings();
    char old[64], now[64];
    setting("printk_devkmsg", old, sizeof old);
    if (set("printk_devkmsg", "ratelimit\n") < 0) SKIP("printk_devkmsg cannot be set");
    setting("printk_devkmsg", now, sizeof now);
    CHECK_STR(now, "ratelimit\n");
    int fd = REQUIRE_OK(open("/dev/kmsg", O_WRONLY));
    const char *text = marker();
    write_often(fd, text, 30);
    int count = count_of(text);
    CHECK(count >= 1 && count <= 20);
    CHECK_ERR(set("printk_devkmsg", "on"), EINVAL);
    CHECK_OK(set("printk_devkmsg", "on\n"));
    text = marker();
    write_often(fd, text, 30);
    CHECK_EQ(count_of(text), 30);
    CHECK_OK(set("printk_devkmsg", "off\n"));
    text = marker();
    write_often(fd, text, 1);
    CHECK_EQ(count_of(text), 0);
    CHECK_ERR(open("/dev/kmsg", O_WRONLY), EPERM);
    CHECK_ERR(set("printk_devkmsg", "maybe\n"), EINVAL);
    CHECK_OK(set("printk_devkmsg", old));
    close(fd);
}

TEST(settings_areChecked) {
    need_log();
    need_settings();
    char old[64];
    setting("dmesg_restrict", old, sizeof old);
    CHECK_ERR(set("dmesg_restrict", "-1"), EINVAL);
    CHECK_ERR(set("dmesg_restrict", "yes"), EINVAL);
    CHECK_EQ(IN_CHILD({
        int fd = REQUIRE_OK(open("/proc/sys/kernel/dmesg_restrict", O_WRONLY));
        struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
        struct __user_cap_data_struct data[2];
        memset(data, 0, sizeof data);
        REQUIRE_OK(syscall(SYS_capset, &header, data));
        CHECK_ERR(write(fd, "1", 1), EPERM);
    }), EXITED(0));
    CHECK_OK(set("dmesg_restrict", old));
}

TEST(ring_forgetsTheOldest) {
    need_log();
    need_settings();
    struct utsname about;
    uname(&about);
    if (!strstr(about.release, "moat")) SKIP("would push out the messages of this machine");
    int size = klogctl(SIZE_BUFFER, NULL, 0);
    char old[64];
    setting("printk_devkmsg", old, sizeof old);
    if (set("printk_devkmsg", "on\n") < 0) SKIP("printk_devkmsg cannot be set");
    int reader = REQUIRE_OK(open("/dev/kmsg", O_RDONLY | O_NONBLOCK)), fd = REQUIRE_OK(open("/dev/kmsg", O_WRONLY));
    const char *text = marker();
    tell("", text);
    char *line = malloc(LONGEST), *message = malloc(8192);
    memset(line, 'y', LONGEST);
    for (int i = 0; i < 2 * size / LONGEST; i++) CHECK_EQ(write(fd, line, LONGEST), LONGEST);
    struct pollfd ready = {.fd = reader, .events = POLLIN | POLLPRI};
    CHECK_EQ(poll(&ready, 1, 0), 1);
    CHECK_EQ(ready.revents, POLLIN | POLLPRI | POLLERR);
    CHECK_ERR(read(reader, message, 8192), EPIPE);
    CHECK(read(reader, message, 8192) > LONGEST);
    CHECK(line_in(READ_ALL, text) == NULL);
    int all = klogctl(READ_ALL, room, ROOM);
    CHECK(all > 0 && all <= 2 * size);
    CHECK(klogctl(SIZE_UNREAD, NULL, 0) <= 2 * size);
    CHECK_OK(set("printk_devkmsg", old));
}
