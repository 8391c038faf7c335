/*-------------------------------------------------------------------------
 *
 * lock_fields.c
 *	  Locks that are only tried, and cost two atomic instructions.
 *
 * A heavyweight lock costs some 2,000 instructions, with two locks of its table that all backends share.  Here
 * a lock is a field of two bits in shared memory:
 *
 *	 free		whoever changes it to "held" has the lock
 *	 held		somebody has it
 *	 deferring	it is decided by a heavyweight lock with the number of the field: who gets
 *				that may change the field to "held"
 *
 * The memory is lost in a crash, and a field says nothing of a prepared transaction, which has no
 * backend.  So such a transaction takes the heavyweight locks before it is prepared, and leaves its fields
 * "deferring"; and all fields are that when the server has started, until they are used for the first
 * time.  test/model/key_lock.py explores the protocol.
 *
 * After a restart prepared transactions have their heavyweight locks by the number of the field, so what hashes to
 * which number must not change while there may be any.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "port/atomics.h"
#include "storage/ipc.h"
#include "storage/lock.h"

#include "base/compat.h"
#include "base/lock_fields.h"
#include "base/shared_memory.h"

#define FIELD_BITS		17		/* 2^17 fields, which take 32 kB */
#define FIELDS			(1 << FIELD_BITS)
#define FIELDS_PER_WORD	16
#define WORDS			(FIELDS / FIELDS_PER_WORD)
#define MASK			3u

/* Values of a field.  "held" becomes any other one by one atomic instruction. */
#define FREE			0u
#define HELD			1u
#define DEFERRING		3u

/* Sub-object of the heavyweight locks, whose class and database are none */
#define FIELD_LOCK		0x7FFE

/* More than these are refused. */
#define MAX_HELD		4096

static pg_atomic_uint32 *words = NULL;
static bool unavailable = false;

/* What this transaction holds, as a list and as a set */
static int	nheld = 0;
static uint32 held[MAX_HELD];
static uint8 held_set[FIELDS / 8];

/* Will this transaction be prepared? */
static bool prepares = false;

static void
init_words(void *memory)
{
	memset(memory, 0xFF, sizeof(pg_atomic_uint32) * WORDS);
}

/* A backend that exits has ended its transaction; this is for one that could not. */
static void
release_at_exit(int code, Datum arg)
{
	ivm_lock_fields_release();
}

bool
ivm_lock_fields_available(void)
{
	if (likely(words != NULL))
		return true;
	if (unavailable)
		return false;
	words = ivm_shared_memory_attach("ivm lock fields", sizeof(pg_atomic_uint32) * WORDS, init_words);
	if (words == NULL)
		unavailable = true;
	else
		on_shmem_exit(release_at_exit, (Datum) 0);
	return !unavailable;
}

static uint32
field_of(uint64 hash)
{
	/* the upper bits of a product depend on all bits (Knuth, TAOCP 6.4) */
	return (uint32) ((hash * UINT64CONST(0x9E3779B97F4A7C15)) >> (64 - FIELD_BITS));
}

static bool
is_mine(uint32 field)
{
	return (held_set[field / 8] & (1 << field % 8)) != 0;
}

static uint32
shift_of(uint32 field)
{
	return field % FIELDS_PER_WORD * 2;
}

static uint32
read_field(uint32 field)
{
	return (pg_atomic_read_u32(&words[field / FIELDS_PER_WORD]) >> shift_of(field)) & MASK;
}

/* Change a field to "held"; false if it is not what it was taken for. */
static bool
swap(uint32 field, uint32 from)
{
	pg_atomic_uint32 *word = &words[field / FIELDS_PER_WORD];
	uint32		shift = shift_of(field);
	uint32		before = pg_atomic_read_u32(word);
	uint32		after;

	do
	{
		if (((before >> shift) & MASK) != from)
			return false;
		after = (before & ~(MASK << shift)) | (HELD << shift);
	} while (!pg_atomic_compare_exchange_u32(word, &before, after));
	return true;
}

static void
set_tag(LOCKTAG *tag, uint32 field)
{
	SET_LOCKTAG_OBJECT(*tag, InvalidOid, InvalidOid, field, FIELD_LOCK);
}

static bool
try_heavyweight(uint32 field)
{
	LOCKTAG		tag;

	set_tag(&tag, field);
	return ivm_compat_trylock(&tag, ExclusiveLock);
}

static void
release_heavyweight(uint32 field)
{
	LOCKTAG		tag;

	set_tag(&tag, field);
	LockRelease(&tag, ExclusiveLock, false);
}

/* Set a field that this transaction holds to what it is to be for others. */
static void
let_go(uint32 field)
{
	pg_atomic_uint32 *word = &words[field / FIELDS_PER_WORD];

	if (prepares)
		pg_atomic_fetch_or_u32(word, DEFERRING << shift_of(field));
	else
		pg_atomic_fetch_and_u32(word, ~(MASK << shift_of(field)));
	held_set[field / 8] &= ~(1 << field % 8);
}

/*
 * One try.  Others may change the field meanwhile, and then it is just as good to be
 * refused, unless it was set free.
 */
static bool
try_field(uint32 field)
{
	uint32		value = read_field(field);

	if (likely(value == FREE))
		return swap(field, FREE);
	if (value == HELD || !try_heavyweight(field))
		return false;
	if (swap(field, DEFERRING))
		return true;
	release_heavyweight(field);
	return swap(field, FREE);
}

bool
ivm_lock_field_try(uint64 hash)
{
	uint32		field = field_of(hash);

	if (unlikely(!ivm_lock_fields_available()))
		return false;
	if (is_mine(field))
		return true;
	if (nheld >= MAX_HELD || !try_field(field))
		return false;
	/* from here on it is let go if there is an error */
	held_set[field / 8] |= 1 << field % 8;
	held[nheld++] = field;
	if (unlikely(prepares) && !try_heavyweight(field))
	{
		nheld--;
		let_go(field);
		return false;
	}
	return true;
}

bool
ivm_lock_field_is_held(uint64 hash)
{
	return is_mine(field_of(hash));
}

void
ivm_lock_fields_will_prepare(void)
{
	for (int i = 0; i < nheld; i++)
	{
		LOCKTAG		tag;

		/* others have it only until they see that the field is held */
		set_tag(&tag, held[i]);
		(void) LockAcquire(&tag, ExclusiveLock, false, false);
	}
	prepares = true;
}

void
ivm_lock_fields_release(void)
{
	for (int i = 0; i < nheld; i++)
		let_go(held[i]);
	nheld = 0;
	prepares = false;
}
