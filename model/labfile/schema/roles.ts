import * as z from 'zod';
import { roles } from '../../roles';

export const roleName = z.enum(roles.map((role) => role.name) as [string, ...string[]]).describe('TripleO role.');
