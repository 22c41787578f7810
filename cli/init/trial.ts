import { LabFileError, parseLab, planLab } from '../../model';
import type { InitAnswers } from './answers';
import { labFileText } from './labText';

/** What is wrong with the lab file that answers would make, without lines of a file that is not written; undefined: nothing. */
export function faultOf(answers: InitAnswers): string | undefined {
  try {
    planLab(parseLab('new', labFileText(answers)));
    return undefined;
  } catch (error) {
    const [fault] = error instanceof LabFileError ? error.faults : [];
    if (!fault) {
      throw error;
    }
    return `${fault.path} ${fault.message}. ${fault.remedy}.`;
  }
}
