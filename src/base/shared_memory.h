/*-------------------------------------------------------------------------
 *
 * shared_memory.h
 *	  Memory that all backends of the server share, without having been preloaded.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_SHARED_MEMORY_H
#define IVM_SHARED_MEMORY_H

/*
 * Find the memory of this name, or make it out of what the server leaves free, some
 * 100 kB in all; who makes it has it initialized by init, while nobody else can find it.  NULL
 * if there is not enough.  What was made stays until the server restarts, also after a crash, and a
 * size that could not be had cannot be had later: either all backends find the memory, or none.
 */
extern void *ivm_shared_memory_attach(const char *name, Size size, void (*init) (void *memory));

#endif							/* IVM_SHARED_MEMORY_H */
