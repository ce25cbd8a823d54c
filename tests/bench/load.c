/*
 * A load generator for AoE targets: keeps a window of requests under way for a while and prints, as
 * one line of JSON, how many were answered, how fast, and what was wrong. It is C because a target
 * can be judged only by what is faster than it. It sends and receives by packet sockets, many
 * frames a call, and touches no disk.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

static const char USAGE[] =
    "usage: load INTERFACE SHELF SLOT OP ORDER WINDOW SECTORS SECONDS SPAN SEED\n"
    "  OP       r reads, w writes; wv writes and rv reads sectors that tell their LBA and SEED,\n"
    "           and rv counts those that hold anything else\n"
    "  ORDER    seq or rand\n"
    "  WINDOW   requests under way, 1 to 256\n"
    "  SECTORS  of one request, 1 to 17\n"
    "  SECONDS  how long; 0: one request for each place in the span\n"
    "  SPAN     sectors at the begin of the disk that are touched\n"
    "  SEED     any number; an rv wants that of the wv before it\n";

enum {
  ETHER_TYPE = 0x88a2,
  SECTOR_SIZE = 512,
  WORDS_PER_SECTOR = SECTOR_SIZE / 8,
  WINDOW_MAX = 256, /* the low byte of a tag names the lane */
  SECTORS_MAX = 17,
  FRAME_MAX = 9216,
  FRAME_MIN = 60,
  BUFFER_SIZE = 8 << 20,
  SAMPLES_MAX = 20000000,
  FIND_ATTEMPTS = 100,
  WAIT_MS = 100,
};
enum { FLAG_RESPONSE = 0x08, FLAG_ERROR = 0x04, VERSION_1 = 0x10 };
enum { COMMAND_ATA = 0, COMMAND_CONFIG = 1 };
enum { ATA_EXTENDED = 0x40, ATA_WRITE = 0x01, READ_EXT = 0x24, WRITE_EXT = 0x34 };
/* Bits of an ATA status that a request which was done does not have: BSY, DF, DRQ, ERR. */
enum { STATUS_TROUBLE = 0xa9 };

static const double RETRANSMIT_SECONDS = 0.5;
/* How long the last replies are waited for. */
static const double DRAIN_SECONDS = 3;

struct __attribute__((packed)) header {
  uint8_t destination[6], source[6];
  uint16_t type;
  uint8_t flags, error;
  uint16_t shelf;
  uint8_t slot, command;
  uint32_t tag;
};

struct __attribute__((packed)) ata {
  struct header header;
  uint8_t flags, feature, count, status; /* in a request, the status is the opcode */
  uint8_t lba[6], reserved[2];
};

/* What the command line asks for. */
static struct {
  const char *interface;
  unsigned shelf, slot, window, sectors;
  bool is_write, is_verified, is_random;
  double seconds;
  uint64_t places, seed;
} load;

/* One request that is under way, or none. */
struct lane {
  bool is_busy;
  double sent_at;
  uint32_t tag;
  uint64_t lba;
};

static struct {
  int socket;
  struct header header; /* what the frames of all requests begin with */
  unsigned outstanding;
  uint64_t started, done, retransmitted, bad, wrong_sectors;
  size_t sample_count;
  float *latencies_us;
} run;

static struct lane lanes[WINDOW_MAX];
static uint8_t sent[WINDOW_MAX][FRAME_MAX], received[WINDOW_MAX][FRAME_MAX];
static struct iovec send_parts[WINDOW_MAX], receive_parts[WINDOW_MAX];
static struct mmsghdr sends[WINDOW_MAX], receives[WINDOW_MAX];

static void die(const char *format, ...) {
  va_list values;
  va_start(values, format);
  vfprintf(stderr, format, values);
  va_end(values);
  fputc('\n', stderr);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

/* xorshift64: the same places in each run, so that all targets are asked for the same. */
static uint64_t next_random(void) {
  static uint64_t state = 88172645463325252ull;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static double number(const char *text, double min, double max) {
  char *end;
  double value = strtod(text, &end);
  if (*text == '\0' || *end != '\0' || !(value >= min && value <= max)) {
    fprintf(stderr, "%s is not from %g to %g\n%s", text, min, max, USAGE);
    exit(2);
  }
  return value;
}

/* Whether `text` is the second of two words; it must be one of them. */
static bool is_second(const char *text, const char *first, const char *second) {
  if (strcmp(text, second) == 0) return true;
  if (strcmp(text, first) == 0) return false;
  fprintf(stderr, "%s is neither %s nor %s\n%s", text, first, second, USAGE);
  exit(2);
}

static void parse(int count, char **words) {
  if (count != 11) {
    fputs(USAGE, stderr);
    exit(2);
  }
  load.interface = words[1];
  load.shelf = number(words[2], 0, 65534);
  load.slot = number(words[3], 0, 254);
  load.is_verified = strlen(words[4]) == 2;
  load.is_write =
      load.is_verified ? is_second(words[4], "rv", "wv") : is_second(words[4], "r", "w");
  load.is_random = is_second(words[5], "seq", "rand");
  load.window = number(words[6], 1, WINDOW_MAX);
  load.sectors = number(words[7], 1, SECTORS_MAX);
  load.seconds = number(words[8], 0, 1e6);
  load.places = (uint64_t)number(words[9], load.sectors, 1e15) / load.sectors;
  load.seed = number(words[10], 0, 1e15);
}

static void open_socket(void) {
  run.socket = socket(AF_PACKET, SOCK_RAW, 0);
  if (run.socket < 0) die("socket: %m");
  struct ifreq request = {0};
  strncpy(request.ifr_name, load.interface, IFNAMSIZ - 1);
  if (ioctl(run.socket, SIOCGIFINDEX, &request)) die("%s: %m", load.interface);
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET,
      .sll_protocol = htons(ETHER_TYPE),
      .sll_ifindex = request.ifr_ifindex,
  };
  if (bind(run.socket, (struct sockaddr *)&address, sizeof address)) die("bind: %m");
  if (ioctl(run.socket, SIOCGIFHWADDR, &request)) die("%s: %m", load.interface);
  memset(run.header.destination, 0xff, 6);
  memcpy(run.header.source, request.ifr_hwaddr.sa_data, 6);
  run.header.type = htons(ETHER_TYPE);
  run.header.flags = VERSION_1;
  run.header.shelf = htons(load.shelf);
  run.header.slot = load.slot;
  /* The generator must not be the one that loses frames. */
  int size = BUFFER_SIZE;
  setsockopt(run.socket, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  setsockopt(run.socket, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
}

static bool is_answer(const struct header *header, uint8_t command) {
  return (header->flags & FLAG_RESPONSE) && header->command == command &&
         ntohs(header->shelf) == load.shelf && header->slot == load.slot;
}

/* Asks until the target answers, which may have been started just now. */
static void find_target(void) {
  uint8_t query[FRAME_MIN] = {0};
  memcpy(query, &run.header, sizeof run.header);
  ((struct header *)query)->command = COMMAND_CONFIG;
  struct pollfd watched = {.fd = run.socket, .events = POLLIN};
  for (int attempt = 0; attempt < FIND_ATTEMPTS; attempt++) {
    send(run.socket, query, sizeof query, 0);
    while (poll(&watched, 1, WAIT_MS) > 0) {
      ssize_t size = recv(run.socket, received[0], FRAME_MAX, MSG_DONTWAIT);
      const struct header *header = (const struct header *)received[0];
      if (size < (ssize_t)sizeof *header || !is_answer(header, COMMAND_CONFIG)) continue;
      memcpy(run.header.destination, header->source, 6);
      return;
    }
  }
  die("no target answers");
}

/* A word of a sector, different for each, and in images that were written with another seed. */
static uint64_t word_of(uint64_t lba, unsigned index) {
  return (lba * WORDS_PER_SECTOR + index) * 0x9e3779b97f4a7c15ull + load.seed + 1;
}

static void fill(uint8_t *data, uint64_t lba) {
  for (unsigned sector = 0; sector < load.sectors; sector++) {
    for (unsigned index = 0; index < WORDS_PER_SECTOR; index++, data += 8) {
      uint64_t word = word_of(lba + sector, index);
      memcpy(data, &word, sizeof word);
    }
  }
}

static unsigned count_wrong(const uint8_t *data, uint64_t lba) {
  unsigned wrong = 0;
  for (unsigned sector = 0; sector < load.sectors; sector++) {
    bool is_right = true;
    for (unsigned index = 0; index < WORDS_PER_SECTOR; index++, data += 8) {
      uint64_t word = word_of(lba + sector, index);
      if (memcmp(data, &word, sizeof word) != 0) is_right = false;
    }
    if (!is_right) wrong++;
  }
  return wrong;
}

/* Makes the next request in a lane's frame. */
static void prepare(unsigned index) {
  uint64_t place = (load.is_random ? next_random() : run.started) % load.places;
  struct lane *lane = &lanes[index];
  struct ata *ata = (struct ata *)sent[index];
  lane->lba = place * load.sectors;
  lane->tag = htonl((uint32_t)(++run.started << 8 | index));
  lane->is_busy = true;
  memset(ata, 0, FRAME_MIN > sizeof *ata && !load.is_write ? FRAME_MIN : sizeof *ata);
  ata->header = run.header;
  ata->header.tag = lane->tag;
  ata->flags = ATA_EXTENDED | (load.is_write ? ATA_WRITE : 0);
  ata->count = load.sectors;
  ata->status = load.is_write ? WRITE_EXT : READ_EXT;
  for (int byte = 0; byte < 6; byte++) ata->lba[byte] = lane->lba >> (8 * byte);
  if (load.is_write && load.is_verified) fill((uint8_t *)(ata + 1), lane->lba);
  run.outstanding++;
}

/* Sends a new request in each free lane, and again what has been unanswered for too long. */
static void send_requests(double time, bool is_over) {
  size_t size = load.is_write ? sizeof(struct ata) + load.sectors * SECTOR_SIZE : FRAME_MIN;
  int count = 0;
  for (unsigned index = 0; index < load.window; index++) {
    struct lane *lane = &lanes[index];
    if (lane->is_busy) {
      if (time - lane->sent_at <= RETRANSMIT_SECONDS) continue;
      run.retransmitted++;
    } else {
      if (is_over || (load.seconds == 0 && run.started == load.places)) continue;
      prepare(index);
    }
    lane->sent_at = time;
    send_parts[count++] = (struct iovec){sent[index], size};
  }
  for (int begin = 0; begin < count;) {
    int result = sendmmsg(run.socket, sends + begin, count - begin, 0);
    if (result >= 0) begin += result;
    else if (errno != EAGAIN && errno != ENOBUFS) die("sendmmsg: %m");
  }
}

static void take_reply(unsigned at, double time) {
  const struct ata *ata = (const struct ata *)received[at];
  size_t size = receives[at].msg_len;
  if (size < sizeof *ata || !is_answer(&ata->header, COMMAND_ATA)) return;
  unsigned index = ntohl(ata->header.tag) & 0xff;
  struct lane *lane = &lanes[index];
  /* The reply to a copy comes after the request is done. */
  if (index >= load.window || !lane->is_busy || lane->tag != ata->header.tag) return;
  bool is_short = !load.is_write && size < sizeof *ata + load.sectors * SECTOR_SIZE;
  if ((ata->header.flags & FLAG_ERROR) || (ata->status & STATUS_TROUBLE) || is_short) {
    run.bad++;
  } else if (load.is_verified && !load.is_write) {
    run.wrong_sectors += count_wrong((const uint8_t *)(ata + 1), lane->lba);
  }
  lane->is_busy = false;
  run.outstanding--;
  run.done++;
  if (run.sample_count < SAMPLES_MAX) {
    run.latencies_us[run.sample_count++] = (time - lane->sent_at) * 1e6;
  }
}

static void receive_replies(void) {
  struct pollfd watched = {.fd = run.socket, .events = POLLIN};
  int count = recvmmsg(run.socket, receives, load.window, MSG_DONTWAIT, NULL);
  if (count <= 0) {
    poll(&watched, 1, WAIT_MS);
    count = recvmmsg(run.socket, receives, load.window, MSG_DONTWAIT, NULL);
  }
  double time = now();
  for (int at = 0; at < count; at++) take_reply(at, time);
}

static void prepare_messages(void) {
  for (unsigned index = 0; index < WINDOW_MAX; index++) {
    receive_parts[index] = (struct iovec){received[index], FRAME_MAX};
    receives[index].msg_hdr = (struct msghdr){.msg_iov = &receive_parts[index], .msg_iovlen = 1};
    sends[index].msg_hdr = (struct msghdr){.msg_iov = &send_parts[index], .msg_iovlen = 1};
  }
}

static int compare(const void *one, const void *other) {
  float first = *(const float *)one, second = *(const float *)other;
  return (first > second) - (first < second);
}

static double latency_at(double share) {
  return run.sample_count == 0 ? 0 : run.latencies_us[(size_t)(run.sample_count * share)];
}

static void report(double elapsed) {
  qsort(run.latencies_us, run.sample_count, sizeof(float), compare);
  printf("{\"requestsPerSecond\":%.1f,\"megabytesPerSecond\":%.2f,", run.done / elapsed,
         run.done * load.sectors * SECTOR_SIZE / elapsed / 1e6);
  printf("\"p50Us\":%.1f,\"p99Us\":%.1f,\"p999Us\":%.1f,", latency_at(0.5), latency_at(0.99),
         latency_at(0.999));
  printf("\"done\":%llu,\"retransmitted\":%llu,", (unsigned long long)run.done,
         (unsigned long long)run.retransmitted);
  printf("\"bad\":%llu,\"unanswered\":%u,\"wrongSectors\":%llu}\n", (unsigned long long)run.bad,
         run.outstanding, (unsigned long long)run.wrong_sectors);
}

int main(int count, char **words) {
  parse(count, words);
  open_socket();
  prepare_messages();
  run.latencies_us = malloc(SAMPLES_MAX * sizeof(float));
  if (run.latencies_us == NULL) die("malloc: %m");
  find_target();
  double start = now(), last_reply = start;
  for (;;) {
    double time = now();
    bool is_over = load.seconds > 0 && time >= start + load.seconds;
    send_requests(time, is_over);
    if (run.outstanding == 0) break;
    uint64_t done = run.done;
    receive_replies();
    if (run.done > done) last_reply = time;
    else if (time > last_reply + DRAIN_SECONDS) break;
  }
  report(now() - start);
  return 0;
}
