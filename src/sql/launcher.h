/*-------------------------------------------------------------------------
 *
 * launcher.h
 *	  The process that starts workers with the server, if the library is preloaded.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_LAUNCHER_H
#define IVM_LAUNCHER_H

/* Called once, when the library is loaded: registers it, if that is before the server starts. */
extern void ivm_launcher_register(void);

/* Is there one?  Then workers stay, for databases where nobody writes or reads. */
extern bool ivm_launcher_is_there(void);

#endif							/* IVM_LAUNCHER_H */
