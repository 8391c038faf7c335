/*-------------------------------------------------------------------------
 *
 * derived.c
 *	  What a backend derives from the system catalogues, and what makes it
 *	  invalid.
 *
 * Plans (plan_derive.c) and what a table concerns (table_plan.c) are derived once and
 * used until an invalidation message tells that something they rest on has
 * changed.  A message may be received at nearly any point, so receiving one does no
 * more than set flags, of what depends on its object:
 *
 *	 source		an object of the system catalogues: a relation by its OID;
 *				a function, role or type by the hash value that
 *				the system caches give messages.  In a hash table.
 *	 dependency	links a source, or another derived thing, with what was derived
 *				from it; in the latter's memory context
 *
 * A derived thing that has become invalid is released at the end of the
 * transaction, unless it was replaced before, be it needed again or not: so
 * nothing is left of views and tables that were dropped.
 *
 * Memory: sources are removed with their last dependency.  So this grows with
 * what is derived at a time, not with the age of the session.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/plannodes.h"
#include "utils/acl.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/derived.h"

/* The kind of a source is the number of its system cache; relations have this instead. */
#define KIND_RELATION	(-1)

typedef struct SourceKey
{
	int32		kind;			/* KIND_RELATION or a syscache */
	uint32		value;			/* OID or hash value; 0: any of this kind */
} SourceKey;

typedef struct Source
{
	SourceKey	key;			/* hash key */
	dlist_head	dependencies;
} Source;

typedef struct Dependency
{
	IvmDerived *derived;		/* this depends ... */
	Source	   *source;			/* on that, or on another derived thing if
								 * NULL */
	dlist_node	node;			/* in the list of either; prev NULL: not in it
								 * any more */
	slist_node	own;			/* in derived->dependencies */
} Dependency;

static HTAB *sources = NULL;

/* Invalid or not complete, and still registered: to be released. */
static dlist_head invalids = DLIST_STATIC_INIT(invalids);

/*
 * The messages received last.  One that comes while something is derived has to
 * be held against what it turns out to depend on.
 */
#define MESSAGES_REMEMBERED 64

static SourceKey received[MESSAGES_REMEMBERED];
static uint64 nreceived = 0;

/* ---- messages ---- */

static void
mark_invalid(IvmDerived *derived)
{
	dlist_iter	iter;

	derived->outdated = true;
	if (derived->invalid)
		return;
	derived->invalid = true;
	dlist_push_tail(&invalids, &derived->node);
	dlist_foreach(iter, &derived->users)
		mark_invalid(dlist_container(Dependency, node, iter.cur)->derived);
}

static void
mark_source(Source *source)
{
	dlist_iter	iter;

	dlist_foreach(iter, &source->dependencies)
		mark_invalid(dlist_container(Dependency, node, iter.cur)->derived);
}

static void
mark_key(int32 kind, uint32 value)
{
	SourceKey	key = {kind, value};
	Source	   *source = hash_search(sources, &key, HASH_FIND, NULL);

	if (source != NULL)
		mark_source(source);
}

/* Objects of a kind have changed: one, or any if value is 0.  Only sets flags. */
static void
receive(int32 kind, uint32 value)
{
	SourceKey	key = {kind, value};

	received[nreceived++ % MESSAGES_REMEMBERED] = key;
	if (value != 0)
	{
		mark_key(kind, value);
		mark_key(kind, 0);
	}
	else
	{
		HASH_SEQ_STATUS seq;
		Source	   *source;

		hash_seq_init(&seq, sources);
		while ((source = hash_seq_search(&seq)) != NULL)
			if (source->key.kind == kind)
				mark_source(source);
	}
}

static void
receive_relation(Datum arg, Oid relid)
{
	receive(KIND_RELATION, relid);
}

static void
receive_cached(Datum arg, int cacheid, uint32 hashvalue)
{
	receive(cacheid, hashvalue);
}

/* Called once, when the library is loaded. */
void
ivm_derived_init(void)
{
	/* databases: what the role pg_database_owner may do depends on them */
	static const int caches[] = {PROCOID, TYPEOID, AUTHOID, AUTHMEMROLEMEM, DATABASEOID};
	HASHCTL		ctl;

	ctl.keysize = sizeof(SourceKey);
	ctl.entrysize = sizeof(Source);
	ctl.hcxt = TopMemoryContext;
	sources = hash_create("ivm sources", 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterRelcacheCallback(receive_relation, (Datum) 0);
	for (int i = 0; i < (int) lengthof(caches); i++)
		CacheRegisterSyscacheCallback(caches[i], receive_cached, (Datum) 0);
}

/* ---- what is derived ---- */

uint64
ivm_derived_position(void)
{
	return nreceived;
}

void
ivm_derived_register(IvmDerived *derived, MemoryContext cxt, void (*release) (IvmDerived *derived))
{
	derived->registered = true;
	derived->invalid = true;
	derived->outdated = false;
	derived->cxt = cxt;
	derived->release = release;
	slist_init(&derived->dependencies);
	dlist_init(&derived->users);
	dlist_push_tail(&invalids, &derived->node);
}

static bool
concerns(const SourceKey *message, const SourceKey *source)
{
	return message->kind == source->kind &&
		(message->value == source->value || message->value == 0 || source->value == 0);
}

/* If more messages came than are remembered, any of them might have concerned it. */
void
ivm_derived_complete(IvmDerived *derived, uint64 position)
{
	slist_iter	iter;

	if (nreceived - position > MESSAGES_REMEMBERED)
		mark_invalid(derived);
	else if (nreceived > position)
		slist_foreach(iter, &derived->dependencies)
	{
		const Dependency *dependency = slist_container(Dependency, own, iter.cur);

		for (uint64 i = position; i < nreceived && dependency->source != NULL; i++)
			if (concerns(&received[i % MESSAGES_REMEMBERED], &dependency->source->key))
				mark_invalid(derived);
	}
	if (derived->outdated)
		return;
	dlist_delete(&derived->node);
	derived->invalid = false;
}

void
ivm_derived_forget(IvmDerived *derived)
{
	slist_iter	iter;
	dlist_mutable_iter user;

	if (!derived->registered)
		return;
	slist_foreach(iter, &derived->dependencies)
	{
		Dependency *dependency = slist_container(Dependency, own, iter.cur);
		Source	   *source = dependency->source;

		if (dependency->node.prev == NULL)
			continue;
		dlist_delete(&dependency->node);
		if (source != NULL && dlist_is_empty(&source->dependencies))
			(void) hash_search(sources, &source->key, HASH_REMOVE, NULL);
	}
	dlist_foreach_modify(user, &derived->users)
	{
		dlist_delete(user.cur);
		user.cur->prev = user.cur->next = NULL;
	}
	if (derived->invalid)
		dlist_delete(&derived->node);
	derived->registered = false;
	derived->invalid = true;
}

void
ivm_derived_release_invalid(void)
{
	while (!dlist_is_empty(&invalids))
	{
		IvmDerived *derived = dlist_head_element(IvmDerived, node, &invalids);

		ivm_derived_forget(derived);
		derived->release(derived);
	}
}

/* ---- dependencies ---- */

static void
depend_on(IvmDerived *derived, Source *source, dlist_head *list)
{
	Dependency *dependency = MemoryContextAlloc(derived->cxt, sizeof(Dependency));

	dependency->derived = derived;
	dependency->source = source;
	dlist_push_tail(list, &dependency->node);
	slist_push_head(&derived->dependencies, &dependency->own);
}

static void
depend_on_key(IvmDerived *derived, int32 kind, uint32 value)
{
	SourceKey	key = {kind, value};
	bool		found;
	Source	   *source;

	if (!derived->registered)
		return;
	source = hash_search(sources, &key, HASH_ENTER, &found);
	if (!found)
		dlist_init(&source->dependencies);
	depend_on(derived, source, &source->dependencies);
}

void
ivm_derived_on(IvmDerived *derived, IvmDerived *other)
{
	if (!derived->registered)
		return;
	if (other->registered)
		depend_on(derived, NULL, &other->users);
	if (other->invalid)
		mark_invalid(derived);
}

void
ivm_derived_on_relation(IvmDerived *derived, Oid relid)
{
	depend_on_key(derived, KIND_RELATION, relid);
}

void
ivm_derived_on_relations(IvmDerived *derived, List *relids)
{
	ListCell   *lc;

	foreach(lc, relids)
		depend_on_key(derived, KIND_RELATION, lfirst_oid(lc));
}

void
ivm_derived_on_functions(IvmDerived *derived, List *funcids)
{
	ListCell   *lc;

	foreach(lc, funcids)
	{
		if (OidIsValid(lfirst_oid(lc)))
			depend_on_key(derived, PROCOID,
						  GetSysCacheHashValue1(PROCOID, ObjectIdGetDatum(lfirst_oid(lc))));
	}
}

/*
 * A message about memberships does not tell which roles it concerns at a
 * distance, so any of them counts.  For a superuser, memberships do not matter.
 */
void
ivm_derived_on_role(IvmDerived *derived, Oid roleid)
{
	depend_on_key(derived, AUTHOID, GetSysCacheHashValue1(AUTHOID, ObjectIdGetDatum(roleid)));
	if (!superuser_arg(roleid))
		depend_on_key(derived, AUTHMEMROLEMEM, 0);
}

static bool
depends_on_key(IvmDerived *derived, int32 kind, uint32 value)
{
	slist_iter	iter;

	slist_foreach(iter, &derived->dependencies)
	{
		const Source *source = slist_container(Dependency, own, iter.cur)->source;

		if (source != NULL && source->key.kind == kind && source->key.value == value)
			return true;
	}
	return false;
}

/* Plans are made again now and then, so nothing is noted twice. */
void
ivm_derived_on_items(IvmDerived *derived, List *items)
{
	ListCell   *lc;

	if (!derived->registered)
		return;
	foreach(lc, items)
	{
		const PlanInvalItem *item = lfirst_node(PlanInvalItem, lc);

		if (!depends_on_key(derived, item->cacheId, item->hashValue))
			depend_on_key(derived, item->cacheId, item->hashValue);
	}
}
